module.exports =
	version: 1
	slug: 'raspberrypi4-64'
	name: 'Raspberry Pi 4'
	arch: 'aarch64'
	state: 'released'
	options: []
	yocto:
		machine: 'raspberrypi4-64'
		image: 'balena-image'
		fstype: 'balenaos-img'
		version: 'yocto-mini'
		deployArtifact: 'balena-image-raspberrypi4-64.balenaos-img'
		compressed: true
