import type { CodeEntry } from '../../engine/language/problems/codes/entry.js';

/** Why the service refuses or fails to answer, `BT501x` whatever is asked, `BT502x` by its own API, or to start, `BT504x` over its data directory. Part of the catalogue of all codes. */
export const SERVICE_CODES = {
  BT5010: {
    title: 'Not authenticated',
    severity: 'error',
    explanation: 'Tokens are configured, and the request has none of them.',
    advice: 'Send `Authorization: Bearer TOKEN` with a token of `auth.tokens`.',
  },
  BT5011: {
    title: 'Tenant not open',
    severity: 'error',
    explanation:
      'With multitenancy a request names exactly one tenant in `X-Scope-OrgID`, and a token opens only the tenants that are configured for it.',
    advice: 'Name a tenant that the token opens, or add it to the token’s tenants.',
  },
  BT5012: {
    title: 'Took too long',
    severity: 'error',
    explanation:
      'The answer was not there within `query.timeout`, waiting included, and the question was cancelled.',
    advice: 'Ask for a shorter range, start a replay instead, or raise the bound.',
  },
  BT5013: {
    title: 'Service is stopping',
    severity: 'error',
    explanation: 'The process was stopped while the request was being answered.',
    advice: 'Ask again when it has started.',
  },
  BT5014: {
    title: 'URL too long',
    severity: 'error',
    explanation: 'Path and query together are longer than `http.max_url`.',
    advice: 'Shorten the query, send it in a body where that is possible, or raise the bound.',
  },
  BT5015: {
    title: 'Unknown host name',
    severity: 'error',
    explanation:
      'The request names a host that the service does not go by. A web page could reach a service of this machine through such a name.',
    advice:
      'Use the address that the service listens on, or add the name to `http.allowed_hosts`, for OTLP to `otlp.allowed_hosts`.',
  },
  BT5016: {
    title: 'Too much is waiting',
    severity: 'error',
    explanation:
      'As many questions or replays of the tenant wait as `query.queue` and `replay.jobs_per_tenant` allow.',
    advice: 'Try again later; `Retry-After` says when.',
  },
  BT5017: {
    title: 'Not enough memory for the question',
    severity: 'error',
    explanation:
      'One question may use its share of `query.memory`, and this one needs more even in small parts.',
    advice: 'Narrow the query or its range, or raise the bound.',
  },
  BT5018: {
    title: 'Origin not allowed',
    severity: 'error',
    explanation: 'The request comes from a web page whose origin is not configured.',
    advice:
      'Add the origin to `http.cors_origins` if its scripts may read traces, to `otlp.cors_origins` if they may send spans.',
  },
  BT5019: {
    title: 'Unexpected failure',
    severity: 'error',
    explanation:
      'A defect of BeTrace, or something that the machine refused. The log has it under the id of the request.',
    advice: 'Look into the log; report a defect.',
  },
  BT5020: {
    title: 'Request not understood',
    severity: 'error',
    explanation: 'A parameter or the body is not what the OpenAPI document says.',
    advice: 'Change what the message names.',
  },
  BT5021: {
    title: 'No rule to run',
    severity: 'error',
    explanation: 'The request names a rule that is not there, or nothing is left to run.',
    advice: 'Ask for the rules in force, or send their text.',
  },
  BT5022: {
    title: 'No result',
    severity: 'error',
    explanation: 'The replay is still going on, or ended without a result.',
    advice: 'Wait for its end, which its events tell.',
  },
  BT5023: {
    title: 'Answer too long for an agent',
    severity: 'error',
    explanation: 'Even with its lists cut to one item the answer of a tool is longer than `mcp.max_answer`.',
    advice: 'Ask for less: a shorter range, fewer rules, a single trace. Or raise `mcp.max_answer`.',
  },
  BT5030: {
    title: 'No key for evidence',
    severity: 'error',
    explanation:
      '`evidence.enabled` is set, and the Ed25519 key that signs records is missing, given twice, or not one. Unsigned evidence would prove nothing.',
    advice:
      'Make a key by `betrace evidence keygen FILE`, and name it as `evidence.key_file`, or its text by `evidence.key_env`.',
  },
  BT5031: {
    title: 'Evidence was changed',
    severity: 'error',
    explanation: 'What a link of the chain says is not what its hash is over.',
    advice: 'Ask for the file again from who made it, and find out who had it in between.',
  },
  BT5032: {
    title: 'Evidence is not signed by the key',
    severity: 'error',
    explanation: 'A link names the key, and its signature was not made with it.',
    advice: 'Do not trust the link: somebody who does not have the key has written it.',
  },
  BT5033: {
    title: 'Evidence is missing',
    severity: 'error',
    explanation:
      'A link, a record of a rule, or a whole day is not there, or links stand in another order than they were made in.',
    advice: 'Ask for the missing part. A day for which there never was evidence stays a gap.',
  },
  BT5034: {
    title: 'Evidence is signed with another key',
    severity: 'error',
    explanation: 'A link is signed with a key that verification was not given.',
    advice: 'Give each key that the signer has used, by another `--key`, if you trust it.',
  },
  BT5035: {
    title: 'Not a file of evidence',
    severity: 'error',
    explanation: 'The file is cut off, no JSON, or not an export of `betrace evidence`.',
    advice: 'Ask for the file again.',
  },
  BT5036: {
    title: 'Evidence contradicts itself',
    severity: 'error',
    explanation:
      'A link is of another tenant or day than the file, repeats what another has recorded, or its counts do not add up.',
    advice: 'Do not trust the file; export it again.',
  },
  BT5040: {
    title: 'Data directory in use',
    severity: 'error',
    explanation:
      'Another process has the folder of `live.directory`, in this container or another: one process may write to it. Or this platform cannot lock files.',
    advice:
      'Stop the other process, or name another `live.directory`; `live.directory_wait` is how long a start waits. In Kubernetes use the strategy `Recreate`.',
  },
  BT5041: {
    title: 'Data directory of a newer version',
    severity: 'error',
    explanation:
      'A file in `live.directory` was written by a newer version of BeTrace, and has what this one does not know. Nothing was changed or removed.',
    advice:
      'Start the newer version again, or restore a backup from before the upgrade; or move the folder away, and what it holds is not judged.',
  },
  BT5042: {
    title: 'Not a data directory',
    severity: 'error',
    explanation:
      'Something in `live.directory` is not what BeTrace has written there: a folder or a file of another kind or from another place. Nothing was changed or removed.',
    advice: 'Move what the message names away, or put back what belongs there.',
  },
  BT5043: {
    title: 'Cannot listen',
    severity: 'error',
    explanation:
      'A port is in use, not open to the user of the process, or its address is none of this machine.',
    advice: 'Name another port or address, or stop what listens there.',
  },
  BT5044: {
    title: 'Too few files may be open',
    severity: 'error',
    explanation:
      'The limit of open files of the process (`ulimit -n`) is lower than what a service needs to start.',
    advice: 'Raise it: `ulimit -n 4096`, `LimitNOFILE=` of systemd, `--ulimit nofile` of Docker.',
  },
  BT5045: {
    title: 'Certificate or token cannot be used',
    severity: 'error',
    explanation:
      'A file that is named as a certificate, key or token is not there, cannot be read, or is none; or a key is not that of its certificate.',
    advice:
      'Put the right file there. A running service keeps what it had, and takes the file up within seconds once it is sound.',
  },
  BT5046: {
    title: 'Client of Kafka not installed',
    severity: 'error',
    explanation:
      '`live.source` is `kafka`, and the package that reads topics is not there: it is optional, and npm leaves it out on versions of Node before 22.19.',
    advice: 'Run `npm install @platformatic/kafka@1` where betrace is installed, or use the image.',
  },
  BT5047: {
    title: 'Records gone before they were read',
    severity: 'warning',
    explanation:
      'The topic let go of records that were still to be read, as its retention is shorter than the time this group was away, behind, or needs for the oldest open trace. Traces that they belong to may lack spans.',
    advice:
      'Raise `retention.ms` and `retention.bytes` of the topic, add replicas where they are behind, and replay the blocks of that time.',
  },
  BT5048: {
    title: 'Replicas cannot agree on an owner',
    severity: 'error',
    explanation:
      'The place that `live.owners` names cannot be read and written, or its store takes a condition on a write and does not heed it: two replicas could then own one tenant.',
    advice:
      'Give the process the right to read and write objects under that prefix, or name a bucket whose store has conditional writes (Amazon S3, Google Cloud Storage, Azure Blob Storage), or a folder on a file system with locks.',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
