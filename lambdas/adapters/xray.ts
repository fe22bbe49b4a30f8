/** The trace header of the invocation that runs: the runtime sets it anew for each. */
const traceHeader = (): string => process.env._X_AMZN_TRACE_ID ?? '';

/**
 * X-Ray's trace of this invocation as W3C trace context, where it is sampled: so a job is of the trace that X-Ray shows.
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
 */
export function xrayTraceparent(header = traceHeader()): string | undefined {
  const [, epoch, unique] = /Root=1-([0-9a-f]{8})-([0-9a-f]{24})/.exec(header) ?? [];
  const [, parentId] = /Parent=([0-9a-f]{16})/.exec(header) ?? [];
  const isSampled = header.includes('Sampled=1');
  return epoch === undefined || parentId === undefined || !isSampled
    ? undefined
    : `00-${epoch}${unique}-${parentId}-01`;
}

/** What lets X-Ray join the sender of a message with its receiver: a system attribute, which counts for no byte. Nothing where X-Ray is off. */
export function xrayAttributes(header = traceHeader()) {
  if (!header.includes('Sampled=1')) return {};
  return { MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: header } } };
}
