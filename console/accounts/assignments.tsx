/** Who works with an account: add a second employee, or take one away. */
import { Button, Modal } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CodedError } from '../../shared/contracts/contract.ts'
import { useApi } from '../app/api.ts'
import { ErrorNotice } from '../elements/error-notice.tsx'
import { inSentence, Isolated } from '../elements/isolated.tsx'
import { codedError } from '../elements/use-load.ts'
import type { Names } from '../elements/use-names.ts'
import type { Account } from './account.ts'
import './assignments.css'

export function Assignments(props: { account: Account; names: Names; close: () => void; changed: () => void }) {
  const { t } = useTranslation()
  const api = useApi()
  const { account } = props
  const [chosen, setChosen] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<CodedError>()
  const run = async (method: 'accounts.assign' | 'accounts.unassign', employee: string) => {
    setBusy(true)
    setError(undefined)
    try {
      await api.call(method, { account: account.id, employee })
      setChosen('')
      props.changed()
    } catch (thrown) {
      setError(codedError(thrown))
    } finally {
      setBusy(false)
    }
  }
  const free = props.names.employees.filter(
    (one) => one.active && !account.assigned.some((assigned) => assigned.id === one.id),
  )
  return (
    <Modal
      open
      title={t('accounts.assignTitle', { name: inSentence(account.name) })}
      onCancel={props.close}
      footer={
        <Button type="primary" onClick={props.close} data-testid="assign-close">
          {t('action.close')}
        </Button>
      }
    >
      <div data-testid="assign-dialog">
        {error && <ErrorNotice error={error} />}
        <p className="quiet">{t('accounts.assignHint')}</p>
        <ul className="assignments">
          {account.assigned.map((one) => (
            <li key={one.id} data-testid={`assigned-${one.id}`}>
              <span>
                <Isolated>{one.name}</Isolated> {one.team !== null && <small>{inSentence(one.team)}</small>}
              </span>
              <Button
                size="small"
                disabled={busy}
                onClick={() => void run('accounts.unassign', one.id)}
                data-testid={`unassign-${one.id}`}
              >
                {t('accounts.unassign')}
              </Button>
            </li>
          ))}
        </ul>
        <div className="assign-add">
          <select
            className="choice"
            aria-label={t('accounts.assignWho')}
            value={chosen}
            onChange={(event) => setChosen(event.target.value)}
            data-testid="assign-employee"
          >
            <option value="">{t('accounts.assignWho')}</option>
            {free.map((one) => (
              <option key={one.id} value={one.id}>
                {one.team === null ? one.name : `${one.name} · ${one.team}`}
              </option>
            ))}
          </select>
          <Button
            disabled={chosen === '' || busy}
            onClick={() => void run('accounts.assign', chosen)}
            data-testid="assign-submit"
          >
            {t('accounts.assignSubmit')}
          </Button>
        </div>
      </div>
    </Modal>
  )
}
