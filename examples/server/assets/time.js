// Moments and durations, in words.

const loadedAt = performance.now();
const serverTime = Number(document.querySelector('meta[name="server-time"]')?.content) * 1000 || Date.now();

/** The present moment by the server's clock, in milliseconds: that of the browser may be wrong. */
export function now() {
  return serverTime + (performance.now() - loadedAt);
}

const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** A moment of an answer, in the reader's own time zone. */
export function moment(text) {
  return format.format(new Date(text));
}

/** "2 minutes", "29 seconds". */
export function duration(seconds) {
  const units = [
    ['hour', 3600],
    ['minute', 60],
    ['second', 1],
  ];
  const [name, length] = units.find(([, length]) => seconds >= length) ?? ['second', 1];
  const count = Math.ceil(seconds / length);
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

/** "0:29", as a clock shows what is left. */
export function clock(seconds) {
  const two = (number) => String(number).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = two(seconds % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/** Shows in `element` what is left of so many seconds, and calls `done` at the end. Gives what stops it. */
export function countdown(seconds, element, done) {
  const end = performance.now() + seconds * 1000;
  const stop = () => {
    clearInterval(interval);
    element.hidden = true;
  };
  const step = () => {
    const left = Math.ceil((end - performance.now()) / 1000);
    if (left > 0) {
      element.textContent = clock(left);
    } else {
      stop();
      done();
    }
  };
  const interval = setInterval(step, 250);
  element.hidden = false;
  step();
  return stop;
}
