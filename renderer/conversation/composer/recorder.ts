/** Records a voice note: the microphone is open only while it runs. */
import { useCallback, useEffect, useRef, useState } from 'react'
import { makeWaveform } from '../../media/waveform.ts'
import type { DraftFile } from './draft.ts'
import { oggFromWebm } from './ogg.ts'

export interface Recorder {
  state: 'idle' | 'starting' | 'recording' | 'finishing'
  /** Epoch ms; null while it does not run. */
  since: number | null
  failed: boolean
  start(): void
  drop(): void
  finish(): void
}

/** Longer than anybody listens; a forgotten microphone closes by itself. */
const mostMs = 15 * 60_000
const wish = 'audio/webm;codecs=opus'

interface Running {
  recorder: MediaRecorder
  stream: MediaStream
  since: number
}

function close(running: Running | null): void {
  running?.stream.getTracks().forEach((track) => track.stop())
}

export function useRecorder(onVoice: (voice: DraftFile) => void): Recorder {
  const [state, setState] = useState<Recorder['state']>('idle')
  const [since, setSince] = useState<number | null>(null)
  const [failed, setFailed] = useState(false)
  const running = useRef<Running | null>(null)
  /** Counts starts: a microphone that was granted too late is closed again. */
  const turn = useRef(0)

  const drop = useCallback((): void => {
    turn.current += 1
    const old = running.current
    running.current = null
    if (old && old.recorder.state !== 'inactive') old.recorder.stop()
    close(old)
    setState('idle')
  }, [])
  useEffect(() => drop, [drop])

  const finish = useCallback((): void => {
    const run = running.current
    if (!run) return
    running.current = null
    setState('finishing')
    const pieces: Blob[] = []
    run.recorder.addEventListener('dataavailable', (event) => pieces.push(event.data))
    run.recorder.addEventListener('stop', () => {
      close(run)
      const length = Date.now() - run.since
      void makeVoice(new Blob(pieces, { type: run.recorder.mimeType }), length)
        .then(onVoice, () => setFailed(true))
        .finally(() => setState('idle'))
    })
    run.recorder.stop()
  }, [onVoice])

  const start = useCallback((): void => {
    turn.current += 1
    const mine = turn.current
    setFailed(false)
    setState('starting')
    const open = async (): Promise<void> => {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } })
      const recorder = new MediaRecorder(stream, { mimeType: wish, audioBitsPerSecond: 32_000 })
      if (mine !== turn.current) return close({ recorder, stream, since: 0 })
      running.current = { recorder, stream, since: Date.now() }
      setSince(Date.now())
      // Without a time slice all data comes at the end, in one whole piece.
      recorder.start()
      setState('recording')
    }
    open().catch(() => {
      if (mine !== turn.current) return
      setFailed(true)
      setState('idle')
    })
  }, [])
  useEffect(() => {
    if (state !== 'recording') return
    const timer = setTimeout(finish, mostMs)
    return () => clearTimeout(timer)
  }, [state, finish])

  return { state, since: state === 'recording' ? since : null, failed, start, drop, finish }
}

let made = 0

async function makeVoice(webm: Blob, lengthMs: number): Promise<DraftFile> {
  const ogg = oggFromWebm(new Uint8Array(await webm.arrayBuffer()))
  const blob = ogg ? new Blob([ogg.bytes], { type: 'audio/ogg' }) : webm
  made += 1
  return {
    key: `voice-${made}`,
    kind: 'voice',
    blob,
    file: {
      name: null,
      mime: ogg ? 'audio/ogg; codecs=opus' : 'audio/webm; codecs=opus',
      bytes: blob.size,
      width: null,
      height: null,
      durationS: Math.max(1, Math.round(ogg?.durationS ?? lengthMs / 1000)),
      waveform: await readLoudness(webm),
    },
    thumbnail: null,
    url: null,
  }
}

async function readLoudness(recording: Blob): Promise<string | null> {
  // Never plays anything: it only decodes.
  const context = new OfflineAudioContext(1, 1, 16_000)
  try {
    const sound = await context.decodeAudioData(await recording.arrayBuffer())
    return makeWaveform(sound.getChannelData(0))
  } catch {
    return null
  }
}
