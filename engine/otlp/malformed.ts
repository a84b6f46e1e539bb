/** Something that is no OTLP trace request: nothing of it can be taken. The message says what is wrong, for the sender. */
export class MalformedOtlp extends Error {
  override readonly name = 'MalformedOtlp';
}
