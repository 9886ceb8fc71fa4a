FLASHER_HINT = 'The installer copies the system to the internal disk and powers the machine off'

# One sentence, written over several lines.
installerWarning = "
	#{FLASHER_HINT}:
	everything on that disk is lost.
"

image = (kind) -> "balena-image#{kind}-generic-amd64.balenaos-img"

module.exports =
	version: 1
	slug: 'generic-amd64'
	aliases: [ 'generic-amd64' ]
	name: 'Generic x86_64 (GPT)'
	arch: 'amd64'
	state: 'released'

	stateInstructions:
		postProvisioning: [
			'Take the USB drive out.'
			'Start the machine again: it boots from the internal disk.'
		]

	instructions: [
		'Write the OS image to a USB drive of 2 GB or more.'
		'Choose UEFI boot from the USB drive in the firmware set-up of your <%= TYPE_NAME %>.'
		installerWarning
	]
	gettingStartedLink: 'https://docs.example.org/generic-amd64'
	supportsBlink: false

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
		machine: 'generic-amd64'
		image: 'balena-image-flasher'
		fstype: 'balenaos-img'
		version: 'yocto-kirkstone'
		deployArtifact: image '-flasher'
		deployFlasherArtifact: image '-flasher'
		deployRawArtifact: image ''
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
