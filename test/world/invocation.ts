/** The kit's invocation, under the name that the tests know it by. */
export * from '../../testing/invocation.ts';
