import { describe, expect, it } from 'vitest';
import { generateDeviceTypeJson } from './device-type-json.ts';

const generate = (definition: Record<string, unknown>) =>
  generateDeviceTypeJson({ slug: 'x', name: 'Device X', state: 'BETA', ...definition });

describe('generateDeviceTypeJson', () => {
  it('fills the variables of instructions, with the name before the state was appended', () => {
    const { json, unknownVariables } = generate({
      gettingStartedLink: 'https://example.com',
      instructions: [
        'Power the <%= TYPE_NAME %>.',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the template syntax under test
        '<%=TYPE_SLUG%> ${TYPE_SLUG}',
        '<%- GETTING_STARTED_LINK %>',
      ],
    });
    expect(json.instructions).toEqual(['Power the Device X.', 'x x', 'https://example.com']);
    expect(json.name).toBe('Device X (BETA)');
    expect(unknownVariables).toEqual([]);
  });

  it('takes the link of the operating system where links are a map', () => {
    const { json } = generate({
      gettingStartedLink: { windows: 'w', linux: 'l' },
      instructions: {
        windows: ['<%= GETTING_STARTED_LINK %>'],
        linux: ['<%= GETTING_STARTED_LINK %>'],
        osx: ['<%= GETTING_STARTED_LINK %>'],
      },
    });
    expect(json.instructions).toEqual({ windows: ['w'], linux: ['l'], osx: [''] });
  });

  it('fills instructions of a state, as lines or below a key', () => {
    const { json } = generate({
      stateInstructions: {
        postProvisioning: ['<%= TYPE_NAME %>'],
        other: { instructions: ['<%= TYPE_SLUG %>'], n: 1 },
      },
    });
    expect(json.stateInstructions).toEqual({
      postProvisioning: ['Device X'],
      other: { instructions: ['x'], n: 1 },
    });
  });

  it('reports variables that nothing defines with their place', () => {
    expect(
      generate({ instructions: { linux: ['a', '<%= SUBSTITUTE_DOWNLOAD %>'] } }).unknownVariables,
    ).toEqual([{ path: ['instructions', 'linux', 1], variable: 'SUBSTITUTE_DOWNLOAD' }]);
  });

  it('leaves templates in other keys alone', () => {
    expect(generate({ comment: '<%= TYPE_NAME %>' }).json.comment).toBe('<%= TYPE_NAME %>');
  });

  it('appends the shared advanced group to the options', () => {
    const network = { isGroup: true, name: 'network' };
    const advanced = expect.objectContaining({
      name: 'advanced',
      options: [
        expect.objectContaining({ name: 'appUpdatePollInterval', type: 'number', min: 10, default: 10 }),
      ],
    });
    expect(generate({ options: [network] }).json.options).toEqual([network, advanced]);
    expect(generate({}).json.options).toEqual([advanced]);
  });

  it('writes states in capitals and does not append RELEASED', () => {
    expect(generate({ state: 'released' }).json).toMatchObject({ state: 'RELEASED', name: 'Device X' });
    expect(generate({ state: 'new' }).json).toMatchObject({ state: 'NEW', name: 'Device X (NEW)' });
  });

  it.each([undefined, ''])('appends nothing for the state %j', (state) => {
    const { json } = generateDeviceTypeJson({ slug: 'x', name: 'Device X', state });
    expect(json).toMatchObject({ name: 'Device X' });
    expect(json.state).toBe(state);
  });

  it('leaves a generated device type as it is', () => {
    const once = generate({ options: [], instructions: ['<%= TYPE_NAME %>'] }).json;
    expect(generateDeviceTypeJson(once).json).toEqual(once);
  });

  it('does not change what it was given', () => {
    const given = Object.freeze({
      slug: 'x',
      name: 'X',
      state: 'beta',
      options: Object.freeze([]),
      instructions: Object.freeze(['<%= TYPE_NAME %>']),
    });
    expect(() => generateDeviceTypeJson(given)).not.toThrow();
    expect(given.instructions).toEqual(['<%= TYPE_NAME %>']);
  });
});
