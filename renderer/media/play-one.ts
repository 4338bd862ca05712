/** What is done to an audio or video element. Only one plays at a time: what starts, stops what played before. */
let playing: HTMLMediaElement | null = null

export function playOne(element: HTMLMediaElement): void {
  if (playing !== element) playing?.pause()
  playing = element
  // Refused where the file cannot be played; the element's own error event tells it.
  element.play().catch(() => undefined)
}

export function seekTo(element: HTMLMediaElement, seconds: number): void {
  element.currentTime = seconds
}

export function setSound(element: HTMLMediaElement, sound: { speed: number; volume: number }): void {
  element.playbackRate = sound.speed
  element.volume = sound.volume
}
