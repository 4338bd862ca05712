/** The dialog before a revocation: says plainly what happens and asks for the reason. */
import { App } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../app/api.ts'
import { FormDialog } from '../elements/form-dialog.tsx'
import { inSentence } from '../elements/isolated.tsx'
import { ReasonField } from '../elements/reason-field.tsx'
import { WaitingNotice } from './waiting.tsx'
import type { Workstation } from './workstation.ts'
import './revoke.css'

export function Revoke(props: { workstation: Workstation | undefined; close: () => void; revoked: () => void }) {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const api = useApi()
  // Kept while the dialog fades out, so that its words do not vanish before it does.
  const [shown, setShown] = useState<Workstation>()
  if (props.workstation && props.workstation !== shown) setShown(props.workstation)
  const workstation = props.workstation ?? shown
  if (!workstation) return null

  const machine = inSentence(workstation.machine)
  const revoke = async ({ reason }: { reason: string }) => {
    const done = await api.call('workstations.revoke', { workstation: workstation.id, reason: reason.trim() })
    props.close()
    props.revoked()
    void message.success(t(done.connected ? 'workstations.revokedConnected' : 'workstations.revokedAway', { machine }))
  }
  return (
    <FormDialog<{ reason: string }>
      name="revoke"
      danger
      width={560}
      open={props.workstation !== undefined}
      title={t('workstations.revokeTitle', { machine })}
      submit={t('workstations.revokeSubmit')}
      onSubmit={revoke}
      onClose={props.close}
    >
      <p className="revoke-lede">{t('workstations.revokeLede', { employee: inSentence(workstation.employee) })}</p>
      <WaitingNotice workstation={workstation} />
      <ul className="facts">
        <li>{t('workstations.revokeLock')}</li>
        <li>{t('workstations.revokeLease')}</li>
        <li>{t('workstations.revokeKept')}</li>
        <li>{t('workstations.revokeAgain')}</li>
      </ul>
      <ReasonField testId="revoke-reason" />
    </FormDialog>
  )
}
