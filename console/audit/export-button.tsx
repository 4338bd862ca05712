/** Takes the whole audit log along as a file that `npm run verify` checks with nothing but the root fingerprint. */
import { App, Button } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi, type Api } from '../app/api.ts'
import { useErrorSentence } from '../elements/error-notice.tsx'
import { Icon } from '../elements/icon.tsx'
import { codedError } from '../elements/use-load.ts'

async function fetchExport(api: Api): Promise<Blob> {
  const { export: made, bytes } = await api.call('audit.export', {})
  const parts: Uint8Array<ArrayBuffer>[] = []
  for (let offset = 0; offset < bytes;) {
    const { data } = await api.call('audit.exportPiece', { export: made, offset })
    const part = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0))
    if (part.length === 0) break
    parts.push(part)
    offset += part.length
  }
  return new Blob(parts, { type: 'application/octet-stream' })
}

export function ExportButton() {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const api = useApi()
  const sentence = useErrorSentence()
  const [busy, setBusy] = useState(false)
  const save = async () => {
    setBusy(true)
    try {
      const address = URL.createObjectURL(await fetchExport(api))
      const link = document.createElement('a')
      link.href = address
      link.download = `sealdesk-audit-${new Date().toISOString().slice(0, 10)}.jsonl`
      link.click()
      URL.revokeObjectURL(address)
      void message.success(t('audit.exported'))
    } catch (thrown) {
      void message.error(sentence(codedError(thrown)))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Button
      icon={<Icon name="download" size={15} />}
      loading={busy}
      title={t('audit.exportHint')}
      onClick={() => void save()}
      data-testid="audit-export"
    >
      {t('audit.export')}
    </Button>
  )
}
