// Loaded into a process before its own code, so that the test that starts it can set its clock: to begin with by the environment, then by
// messages. What passes on its own (performance.now, timers) continues as it does when the clock of a machine is set.
let offsetMs = Number(process.env.TEST_CLOCK_OFFSET_MS ?? 0);
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...parts) {
    super(...(parts.length === 0 ? [RealDate.now() + offsetMs] : parts));
  }

  static now() {
    return RealDate.now() + offsetMs;
  }
};

process.on('message', (message) => {
  offsetMs = message.clockOffsetMs;
  process.send('the clock is set');
});
// Listening must not keep the process alive.
process.channel?.unref();
