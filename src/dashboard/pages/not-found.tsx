import { Link } from 'wouter-preact'
import { Empty } from '../parts/states.tsx'
import { PageHead } from '../parts/page-head.tsx'

export function NotFound() {
  return (
    <>
      <PageHead title="No such page" />
      <Empty title="There is nothing at this address.">
        <p>
          <Link href="/">Back to the overview</Link>
        </p>
      </Empty>
    </>
  )
}
