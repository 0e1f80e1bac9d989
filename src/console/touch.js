/** The page was opened by somebody. */
let touched = true

for (const kind of ['pointerdown', 'keydown', 'wheel'])
  addEventListener(kind, keepTouch, { passive: true, capture: true })

/** Somebody is there, as far as the server is to know. */
export function keepTouch() {
  touched = true
}

/** Whether somebody has touched the page since this was asked last: moving the pointer alone is none, because a desk that is knocked does that. */
export function takeTouch() {
  const was = touched
  touched = false
  return was
}
