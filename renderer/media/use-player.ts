/** An audio or video element's state for controls of our own: the browser's would open outside the page. */
import { useCallback, useEffect, useState } from 'react'
import { playOne, seekTo, setSound } from './play-one.ts'

export interface Player {
  playing: boolean
  /** Seconds. */
  at: number
  duration: number
  speed: number
  /** 0 to 1. */
  volume: number
  broken: boolean
  toggle(): void
  seek(seconds: number): void
  nextSpeed(): void
  setVolume(volume: number): void
}

const speeds = [1, 1.5, 2] as const

/** The element's ref, and the player; `claimed` seconds count until the element knows better. */
export function usePlayer(claimed: number): [(element: HTMLMediaElement | null) => void, Player] {
  const [element, setElement] = useState<HTMLMediaElement | null>(null)
  const [state, setState] = useState({ playing: false, at: 0, duration: 0, broken: false })
  const [speed, setSpeed] = useState<number>(1)
  const [volume, setVolume] = useState(1)
  useEffect(() => {
    if (!element) return
    const look = (): void =>
      setState({
        playing: !element.paused && !element.ended,
        at: element.currentTime,
        // A recording of the browser has no length of its own: Infinity.
        duration: Number.isFinite(element.duration) ? element.duration : 0,
        broken: element.error !== null,
      })
    const events = ['play', 'pause', 'ended', 'timeupdate', 'seeked', 'loadedmetadata', 'durationchange', 'error']
    for (const name of events) element.addEventListener(name, look)
    return () => {
      for (const name of events) element.removeEventListener(name, look)
      element.pause()
    }
  }, [element])
  useEffect(() => {
    if (element) setSound(element, { speed, volume })
  }, [element, speed, volume])
  const toggle = useCallback((): void => {
    if (!element) return
    if (element.paused || element.ended) playOne(element)
    else element.pause()
  }, [element])
  const player: Player = {
    ...state,
    duration: state.duration || claimed,
    speed,
    volume,
    setVolume,
    toggle,
    seek(seconds) {
      if (!element) return
      const at = Math.max(0, seconds)
      seekTo(element, at)
      setState((before) => ({ ...before, at }))
    },
    nextSpeed: () => setSpeed(speeds[(speeds.findIndex((one) => one === speed) + 1) % speeds.length] ?? 1),
  }
  return [setElement, player]
}
