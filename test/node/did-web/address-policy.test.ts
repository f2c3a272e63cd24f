import { describe, expect, test } from 'vitest'
import { isPublicAddress } from '../../../src/node/did-web/address-policy.ts'

describe('the policy for addresses', () => {
  /** Both sides of each range that is refused. */
  test.each([
    ['0.0.0.0', '0.255.255.255', '1.0.0.0'],
    ['10.0.0.0', '10.255.255.255', '11.0.0.0'],
    ['100.64.0.0', '100.127.255.255', '100.128.0.0'],
    ['127.0.0.0', '127.255.255.255', '128.0.0.0'],
    ['169.254.0.0', '169.254.255.255', '169.255.0.0'],
    ['172.16.0.0', '172.31.255.255', '172.32.0.0'],
    ['192.0.0.0', '192.0.0.255', '192.0.1.0'],
    ['192.0.2.0', '192.0.2.255', '192.0.3.0'],
    ['192.88.99.0', '192.88.99.255', '192.88.100.0'],
    ['192.168.0.0', '192.168.255.255', '192.169.0.0'],
    ['198.18.0.0', '198.19.255.255', '198.20.0.0'],
    ['198.51.100.0', '198.51.100.255', '198.51.101.0'],
    ['203.0.113.0', '203.0.113.255', '203.0.114.0'],
    ['224.0.0.0', '255.255.255.255', '223.255.255.255'],
    ['2001::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff', '2001:200::'],
    ['2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', '2001:db9::'],
    ['2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2003::'],
    ['3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff', '3fff:1000::'],
  ])('refuses %s to %s and takes %s', (first, last, beside) => {
    expect([first, last, beside].map(isPublicAddress)).toEqual([false, false, true])
  })

  test.each([
    '9.255.255.255',
    '100.63.255.255',
    '126.255.255.255',
    '169.253.255.255',
    '172.15.255.255',
    '192.167.255.255',
    '8.8.8.8',
    '2000::',
    '3ffe:ffff::1',
    '2606:4700:4700::1111',
    '64:ff9b::8.8.8.8',
    '64:ff9b::808:808',
  ])('takes %s', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })

  test.each([
    ['unspecified', '::'],
    ['loopback', '::1'],
    ['IPv4-mapped loopback', '::ffff:127.0.0.1'],
    ['IPv4-mapped, in hexadecimal', '::ffff:7f00:1'],
    ['IPv4-mapped and public', '::ffff:8.8.8.8'],
    ['IPv4-translated', '::ffff:0:127.0.0.1'],
    ['IPv4-compatible', '::127.0.0.1'],
    ['NAT64 of loopback', '64:ff9b::127.0.0.1'],
    ['NAT64 of a private network', '64:ff9b::a00:1'],
    ['NAT64 of a metadata service', '64:ff9b::169.254.169.254'],
    ['NAT64 for local use', '64:ff9b:1::8.8.8.8'],
    ['6to4 of loopback', '2002:7f00:1::'],
    ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
    ['discard', '100::1'],
    ['unique local', 'fc00::1'],
    ['unique local, assigned here', 'fd12:3456::1'],
    ['link-local', 'fe80::1'],
    ['link-local of an interface', 'fe80::1%eth0'],
    ['global of an interface', '2606:4700::1%eth0'],
    ['site-local', 'fec0::1'],
    ['multicast', 'ff02::1'],
    ['below global unicast', '1fff:ffff::'],
    ['beyond global unicast', '4000::'],
    ['a short IPv4 address', '127.1'],
    ['octal', '0177.0.0.1'],
    ['hexadecimal', '0x7f.0.0.1'],
    ['one number', '2130706433'],
    ['public with leading zeros', '08.8.8.8'],
    ['a name', 'localhost'],
    ['brackets', '[2606:4700::1]'],
    ['nothing', ''],
  ])('refuses %s', (_what, address) => {
    expect(isPublicAddress(address)).toBe(false)
  })
})
