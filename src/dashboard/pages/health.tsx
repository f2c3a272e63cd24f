import { PageHead } from '../parts/page-head.tsx'

export function Health() {
  return <PageHead title="Health" />
}
