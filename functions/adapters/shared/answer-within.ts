/**
 * How long one call of an AWS client may take, for its `requestHandler`. The SDK repeats a call that takes longer, up
 * to `maxAttempts`. Without `throwOnRequestTimeout` it would only log a warning, and wait forever.
 * @param requestTimeout milliseconds from sending the request to the start of the answer
 */
export function answerWithin(requestTimeout: number) {
  return { connectionTimeout: 2_000, requestTimeout, throwOnRequestTimeout: true } as const;
}
