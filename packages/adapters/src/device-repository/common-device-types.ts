/**
 * What `require '@resin.io/device-types/common'` answers in a device-type file: the option group, the instructions
 * and the set-ups that device types share (balena-automation 1.15). The names are those of the published library;
 * the sentences are our own. `<%= ... %>` is filled in when the JSON is generated.
 */
export const COMMON_DEVICE_TYPES = {
  networkOptions: {
    group: {
      isGroup: true,
      isCollapsible: false,
      collapsed: false,
      name: 'network',
      message: 'Network',
      options: [
        { message: 'Network Connection', name: 'network', type: 'list', choices: ['ethernet', 'wifi'] },
        { message: 'Wifi SSID', name: 'wifiSsid', type: 'text', when: { network: 'wifi' } },
        { message: 'Wifi Passphrase', name: 'wifiKey', type: 'password', when: { network: 'wifi' } },
      ],
    },
  },
  instructions: {
    ETCHER_SD: 'Write the OS image to the SD card with balenaEtcher or another image writer.',
    ETCHER_USB: 'Write the OS image to the USB drive with balenaEtcher or another image writer.',
    EJECT_SD: 'Eject the SD card and take it out of this computer.',
    EJECT_USB: 'Eject the USB drive and take it out of this computer.',
    FLASHER_WARNING: 'The installer erases the internal storage of your <%= TYPE_NAME %>.',
    CONNECT_AND_BOOT: 'Put the medium into your <%= TYPE_NAME %> and connect the power to start it.',
    BOARD_SHUTDOWN: 'The <%= TYPE_NAME %> switches itself off when the installation has finished.',
    REMOVE_INSTALL_MEDIA: 'Take the installation medium out of the <%= TYPE_NAME %>.',
    BOARD_REPOWER: 'Disconnect the power and connect it again to start the <%= TYPE_NAME %>.',
  },
  commonImg: {
    instructions: [
      'Write the OS image to the SD card with balenaEtcher or another image writer.',
      'Eject the SD card and take it out of this computer.',
      'Put the SD card into your <%= TYPE_NAME %> and connect the power to start it.',
    ],
    initialization: {
      options: [{ message: 'Select a drive', type: 'drive', name: 'drive' }],
      operations: [{ command: 'burn' }],
    },
  },
} as const;
