/** When what is in the log came, by the times that are between its records. */
export class Timeline {
  private first: number | undefined;
  private last = 0;
  private began = 0;

  /** Notes the next time in the log, and when the process that it is of began, where that is said. */
  note(time: number, began = this.began): void {
    this.first ??= time;
    this.last = Math.max(this.last, time);
    this.began = began;
  }

  /** What is before the first time came no later than that. */
  get start(): number {
    return this.first ?? this.last;
  }

  /** Until when spans were taken, as far as is known. */
  get end(): number {
    return this.last;
  }

  /** For how long the last process took spans, as far as is known; 0 where no time is. */
  get lastLifeMs(): number {
    return this.last - this.began;
  }
}
