import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Auth } from './auth.ts';
import { CORS_ANSWER_HEADERS, CORS_MAX_AGE, CORS_METHODS, CORS_REQUEST_HEADERS, type CorsRules } from './cors.ts';

export interface FunctionUrlProps {
  readonly function: lambda.IFunction;
  readonly auth: Auth;
  readonly cors: CorsRules | undefined;
}

/**
 * The API at the function's own URL: no API Gateway, so nothing to pay for one, and none of its throttles, of its token
 * check and of its open `/health`. It sends the same event.
 * @throws Error with `auth` as `jwt`, which only API Gateway checks
 */
export class FunctionUrl extends Construct {
  /** With a slash at its end, as Lambda makes it. */
  readonly url: string;

  constructor(scope: Construct, id: string, { function: fn, auth, cors }: FunctionUrlProps) {
    super(scope, id);
    if (auth.mode === 'jwt')
      throw new Error("frontDoor: 'function-url' cannot check tokens. Use auth 'iam' or 'api-key', or the HTTP API.");
    const { url } = fn.addFunctionUrl({
      authType: auth.mode === 'iam' ? lambda.FunctionUrlAuthType.AWS_IAM : lambda.FunctionUrlAuthType.NONE,
      ...(cors && {
        cors: {
          allowedOrigins: [...cors.origins],
          allowCredentials: cors.credentials,
          allowedMethods: CORS_METHODS.map((method) => lambda.HttpMethod[method]),
          allowedHeaders: [...CORS_REQUEST_HEADERS],
          exposedHeaders: [...CORS_ANSWER_HEADERS],
          maxAge: CORS_MAX_AGE,
        },
      }),
    });
    this.url = url;
  }
}
