import { PageHead } from '../parts/page-head.tsx'

export function Compare() {
  return <PageHead title="Compare" />
}
