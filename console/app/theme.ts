/** Ant Design's tokens for both displays; the same colours stand in console.css for what is drawn by hand. */
import { theme, type ThemeConfig } from 'antd'
import type { Theme } from './preferences.ts'

const fontFamily =
  'system-ui, -apple-system, "Segoe UI", "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans SC", sans-serif'
const fontFamilyCode = 'ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", monospace'

/** `still`: whoever wishes less motion gets none; shortened motions would leave a menu where it is measured, far outside of the page. */
export function themeConfig(chosen: Theme, still: boolean): ThemeConfig {
  const dark = chosen === 'dark'
  return {
    algorithm: dark ? theme.darkAlgorithm : theme.defaultAlgorithm,
    token: {
      colorPrimary: dark ? '#6dbdd6' : '#1c6480',
      colorInfo: dark ? '#6dbdd6' : '#1c6480',
      colorLink: dark ? '#6dbdd6' : '#1c6480',
      // The derived pale shades of a dark primary are grey; these are the ones of console.css.
      colorPrimaryBg: dark ? '#1b323c' : '#e3eff4',
      colorPrimaryBgHover: dark ? '#21414e' : '#d5e7ee',
      colorInfoBg: dark ? '#1b323c' : '#e3eff4',
      colorInfoBorder: dark ? '#2c5566' : '#b5d3df',
      controlItemBgActive: dark ? '#1b323c' : '#e3eff4',
      controlItemBgActiveHover: dark ? '#21414e' : '#d5e7ee',
      // Its own greys are too pale to be read by everybody.
      colorTextDescription: dark ? '#98a6ae' : '#5b6a73',
      colorTextPlaceholder: dark ? '#98a6ae' : '#5b6a73',
      colorError: dark ? '#f28b82' : '#b3261e',
      colorBgLayout: dark ? '#111518' : '#f4f6f7',
      colorBgContainer: dark ? '#191e22' : '#ffffff',
      colorBgElevated: dark ? '#20262b' : '#ffffff',
      borderRadius: 6,
      fontFamily,
      fontFamilyCode,
      motion: !still,
      motionDurationMid: '0.12s',
      motionDurationSlow: '0.16s',
    },
    components: {
      Button: {
        ...(dark ? { primaryColor: '#0c1417', dangerColor: '#0c1417' } : {}),
        primaryShadow: 'none',
        defaultShadow: 'none',
        dangerShadow: 'none',
        contentFontSizeSM: 13,
      },
      Form: { itemMarginBottom: 18, verticalLabelPadding: '0 0 4px' },
    },
  }
}
