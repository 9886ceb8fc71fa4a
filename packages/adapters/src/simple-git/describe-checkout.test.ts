import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDescribeCheckout } from './describe-checkout.ts';
import { makeTestRepository, type TestRepository } from './test-repository.ts';

let checkout: TestRepository;

beforeEach(async () => {
  checkout = await makeTestRepository();
});

afterEach(() => checkout.remove());

describe('createDescribeCheckout', () => {
  it('answers the nearest tag below the head (W38)', async () => {
    await checkout.commit('first');
    await checkout.git('tag', 'v2.107.10');
    await checkout.commit('second');
    expect(await createDescribeCheckout()(checkout.root)).toBe('v2.107.10');
  });

  it('answers null without a tag', async () => {
    await checkout.commit('first');
    expect(await createDescribeCheckout()(checkout.root)).toBeNull();
  });

  it('answers null for a missing folder and for a plain folder of a tagged checkout', async () => {
    await checkout.commit('first');
    await checkout.git('tag', 'v1.0.0');
    await mkdir(join(checkout.root, 'layers/meta-balena'), { recursive: true });
    const describeCheckout = createDescribeCheckout();
    expect(await describeCheckout(join(checkout.root, 'layers/meta-balena'))).toBeNull();
    expect(await describeCheckout(join(checkout.root, 'layers/none'))).toBeNull();
  });
});
