import { readTraceJson } from '../../engine/otlp/read-json.js';
import type { OtlpRequest } from '../../engine/otlp/request.js';
import { messageText } from '../tempo/proto/json.js';
import { decodeMessage } from '../tempo/proto/read.js';
import { TRACE } from '../tempo/proto/tempopb.js';
import { recordsOf, type TraceRecord } from './records.js';

/** All spans of a file as plain objects: for few of them. Throws `MalformedOtlp`. */
export function requestOfFile(bytes: Uint8Array, limit: number): OtlpRequest {
  const requests = recordsOf(bytes, limit).map(requestOf);
  return {
    groups: requests.flatMap(({ groups }) => groups),
    refused: requests.flatMap(({ refused }) => refused),
  };
}

/** Protobuf is read by way of its JSON, of which there is one reader. */
function requestOf(record: TraceRecord): OtlpRequest {
  return readTraceJson(
    record.kind === 'json' ? record.text : messageText(TRACE, decodeMessage(TRACE, record.bytes)),
  );
}
