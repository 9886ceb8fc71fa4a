# The instructions a person reads while the new device is provisioned.
BOARD_POWERON = 'Put the card into the board and connect the power: it starts by itself.'

postProvisioningInstructions = [
	'When the activity light stops blinking, the device shows up in the dashboard.'
	BOARD_POWERON
]

module.exports =
	version: 1
	slug: 'raspberrypi4-64'
	aliases: [ 'raspberrypi4-64', 'raspberrypi4' ]
	name: 'Raspberry Pi 4 (64bit)'
	arch: 'aarch64'
	state: 'released'

	stateInstructions:
		postProvisioning: postProvisioningInstructions

	instructions: [
		'Write the OS image to an SD card of 8 GB or more, then put the card into your <%= TYPE_NAME %>.'
		"Connect the network. #{BOARD_POWERON}"
	]
	gettingStartedLink:
		windows: 'https://docs.example.org/raspberrypi4-64/windows'
		osx: 'https://docs.example.org/raspberrypi4-64/macos'
		linux: 'https://docs.example.org/raspberrypi4-64/linux'
	supportsBlink: true

	options: [
		isGroup: true
		isCollapsible: false
		collapsed: false
		name: 'network'
		message: 'Network'
		options: [
			{
				message: 'Network Connection'
				name: 'network'
				type: 'list'
				choices: [ 'ethernet', 'wifi' ]
			}
			{
				message: 'Wifi SSID'
				name: 'wifiSsid'
				type: 'text'
				when:
					network: 'wifi'
			}
			{
				message: 'Wifi Passphrase'
				name: 'wifiKey'
				type: 'password'
				when:
					network: 'wifi'
			}
		]
	]

	yocto:
		machine: 'raspberrypi4-64'
		image: 'balena-image'
		fstype: 'balenaos-img'
		version: 'yocto-kirkstone'
		deployArtifact: 'balena-image-raspberrypi4-64.balenaos-img'
		compressed: true

	configuration:
		config:
			partition:
				primary: 1
			path: '/config.json'

	initialization:
		options: [
			message: 'Select a drive'
			type: 'drive'
			name: 'drive'
		]
		operations: [
			command: 'burn'
		]
