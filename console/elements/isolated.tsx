/** Text that others wrote (names, titles, reasons), shown so that it cannot disturb what stands around it. */

const longestName = 300

/** Cuts at a length that no honest name has, without splitting a surrogate pair. */
export function shortened(text: string, most = longestName): string {
  if (text.length <= most) return text
  const last = text.charCodeAt(most - 1)
  const end = last >= 0xd800 && last <= 0xdbff ? most - 1 : most
  return `${text.slice(0, end)}…`
}

/** For a name inside of one of our sentences, where no element can isolate it: without line breaks and direction controls. */
export function inSentence(text: string, most = 80): string {
  return shortened(text.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069\u2028\u2029]+/gu, ' '), most)
}

/** One line, its direction its own. */
export function Isolated(props: { children: string; most?: number }) {
  return (
    <bdi dir="auto" className="isolated">
      {shortened(props.children, props.most)}
    </bdi>
  )
}
