import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Stands in for `@aws-sdk/credential-provider-node` in the functions' bundles (`lib/bundling.ts`). On Lambda the credentials are in the
 * environment. The chain that it replaces looks there first too, and brings with it a fifth of the bundle: sign-in, profiles, SSO, metadata
 * services. https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export const defaultProvider = () => fromEnv();
