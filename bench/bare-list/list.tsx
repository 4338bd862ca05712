/** The control of scroll: measured rows of plain text in the list that the workstation uses, and nothing else. */
import { useLayoutEffect, useRef } from 'react'
import { createRoot } from 'react-dom/client'
import { useVirtualizer } from '@tanstack/react-virtual'
import { createTexts } from '../corpus.ts'

/** As many as the workstation's page keeps. */
const texts = createTexts(2000, 9)

function List() {
  const scroller = useRef<HTMLDivElement>(null)
  // oxlint-disable-next-line react/incompatible-library -- its functions are used in this component only
  const virtualizer = useVirtualizer({
    count: texts.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 44,
    overscan: 12,
  })
  useLayoutEffect(() => virtualizer.scrollToIndex(texts.length - 1), [virtualizer])
  return (
    <div ref={scroller} data-testid="messages" style={{ height: '100vh', overflowY: 'auto' }}>
      <div style={{ position: 'relative', height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((item) => (
          <div
            key={item.key}
            ref={virtualizer.measureElement}
            data-index={item.index}
            style={{ position: 'absolute', insetInline: 0, padding: 10, transform: `translateY(${item.start}px)` }}
          >
            {texts[item.index]}
          </div>
        ))}
      </div>
    </div>
  )
}

createRoot(document.getElementById('root')!).render(<List />)
