import * as z from 'zod';
import { descriptionPage } from '../openapi/page.ts';
import { endpoint } from '../router.ts';

/** `GET /openapi.json`: this API as an OpenAPI document. */
export const getOpenApi = endpoint({
  about: {
    id: 'getOpenApi',
    summary: 'This document',
    tag: 'About',
    answer: {
      status: 200,
      description: 'The API as an OpenAPI document, version 3.1.',
      schema: z.looseObject({ openapi: z.string(), info: z.looseObject({}), paths: z.looseObject({}) }),
    },
  },
  answer: async ({ describe }) => ({ status: 200, body: describe() }),
});

/** `GET /docs`: the same to read. */
export const getDocs = endpoint({
  about: {
    id: 'getDocs',
    summary: 'This document as a page to read',
    tag: 'About',
    answer: { status: 200, description: 'HTML, complete in itself.', schema: z.string(), type: 'text/html' },
  },
  answer: async ({ describe }) => ({
    status: 200,
    body: descriptionPage(describe()),
    headers: {
      'content-type': 'text/html; charset=utf-8',
      // Nothing is loaded, and no script runs.
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    },
  }),
});
