/** A bug in one area leaves the rest of the console usable. */
import { Button, Result } from 'antd'
import { Component, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

export class ScreenBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false }

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true }
  }

  override render(): ReactNode {
    return this.state.failed ? <Failed again={() => this.setState({ failed: false })} /> : this.props.children
  }
}

function Failed(props: { again: () => void }) {
  const { t } = useTranslation()
  return (
    <Result
      status="warning"
      title={t('error.screen')}
      extra={
        <Button type="primary" onClick={props.again} data-testid="screen-reload">
          {t('error.reload')}
        </Button>
      }
    />
  )
}
