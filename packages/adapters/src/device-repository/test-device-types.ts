/**
 * Device types of our own in the shapes that device repositories have, by file base name. Each uses something else of
 * the generator or of the language.
 */
export const TEST_DEVICE_TYPES: Readonly<Record<string, string>> = {
  'plain-board': `deviceTypesCommon = require '@resin.io/device-types/common'
{ networkOptions, commonImg, instructions } = deviceTypesCommon

module.exports =
	version: 1
	slug: 'plain-board'
	name: 'Plain Board'
	arch: 'aarch64'
	state: 'released'

	instructions: commonImg.instructions
	gettingStartedLink:
		windows: 'https://docs.example.org/plain/#windows'
		osx: 'https://docs.example.org/plain/#osx'
		linux: 'https://docs.example.org/plain/#linux'

	options: [ networkOptions.group ]

	yocto:
		machine: 'plain-board'
		image: 'balena-image'
		fstype: 'balenaos-img'
		version: 'yocto-kirkstone'
		deployArtifact: 'balena-image-plain-board.balenaos-img'
		compressed: true

	configuration:
		config:
			partition:
				primary: 1
			path: '/config.json'

	initialization: commonImg.initialization
`,
  // Its own slug, flasher images, instructions by operating system, links by operating system, a state in the name.
  'flashed-box': `{ networkOptions, commonImg, instructions } = require '@resin.io/device-types/common'

afterwards = [
	instructions.BOARD_SHUTDOWN
	instructions.REMOVE_INSTALL_MEDIA
	instructions.BOARD_REPOWER
]

module.exports =
	slug: 'flashed-box-v2'
	aliases: [ 'flashed', 'Flashed Box+' ]
	name: 'Flashed “Box” <2>'
	arch: 'amd64'
	state: 'experimental'
	private: true

	stateInstructions:
		postProvisioning: afterwards
		other:
			title: 'For <%= TYPE_NAME %>'
			instructions: [ 'Wait for <%= TYPE_SLUG %>.' ]

	instructions:
		windows: [ instructions.WINDOWS_DISK_IMAGER_USB, instructions.FLASHER_WARNING ].concat(afterwards)
		osx: [ instructions.OSX_PLUG_USB, instructions.DD_BURN_IMAGE_USB ]
		linux: [ instructions.LINUX_DF_USB, instructions.DD_BURN_IMAGE_USB, '<%- TYPE_NAME %> \${TYPE_SLUG}' ]

	gettingStartedLink:
		windows: 'https://docs.example.org/w'
		linux: 'https://docs.example.org/l'

	options: [ networkOptions.group ]
	yocto:
		machine: 'flashed-box'
		image: 'balena-image-flasher'
		deployArtifact: 'flasher.img'
		deployFlasherArtifact: 'flasher.img'
		deployRawArtifact: 'raw.img'
`,
  // No state, no instructions, no options, no slug: what the generator adds by itself.
  'bare-bone': `module.exports =
	name: 'Bare Bone'
	arch: 'rpi'
	yocto: { machine: 'bare-bone', deployArtifact: 'docker-image' }
	notes: undefined
	ten: 10
	2: 'two'
	1: 'one'
`,
  // Lines indented by tabs beside lines indented by spaces, which only CoffeeScript 1 takes.
  'mixed-indent': `{ instructions } = require '@resin.io/device-types/common'
module.exports =
	name: 'Mixed'
	arch: 'i386'
	state: 'DISCONTINUED'
	gettingStartedLink: 'https://docs.example.org/one'
	instructions: [
		instructions.ETCHER_USB
		instructions.EJECT_USB
    instructions.CONNECT_AND_BOOT
		'See <%= GETTING_STARTED_LINK %>'
		undefined
	]
	yocto:
		machine: 'mixed'
		deployArtifact: 'mixed'
		archive: true
`,
  // What else of CoffeeScript 1 a file may use: classes with a bare super, defaults for null, texts over several lines.
  'a-little-language': `common = require '@resin.io/device-types/common'

class Board
	constructor: (name, @arch = 'armv7hf') -> @name = "Board #{name}"
	yocto: (machine) -> { machine, deployArtifact: "image-#{machine}.img" }
class Small extends Board
	constructor: -> super
	state: 'new'

small = new Small 'Small', null
step = (text, end = '.') -> """
	<b>#{text}</b>
	  and go on#{end}
"""

module.exports = {
	name: small.name
	arch: small.arch
	state: small.state
	yocto: small.yocto 'small'
	instructions: (step "step #{n}", if n is 2 then null for n in [1..3])
	longText: 'one
		two'
	block: '''
		a
			b \\\\
	'''
	regular: /a+b/.source
	switched: switch small.arch
		when 'armv7hf' then 7
		else 8
	shared: common.sharedOptions[0].name
}
`,
  'exports-one-by-one': `exports.name = 'One'
exports.arch = 'aarch64'
@state = 'beta'
exports.options = []
exports.yocto = machine: 'one', deployArtifact: 'one.img'
`,
};
