SUMMARY = "The system image: boot, rootA, rootB, state and data"
LICENSE = "MIT"
IMAGE_KIND = "system"
IMAGE_INSTALL = "base-files balena-init balena-supervisor"
IMAGE_LABEL_PREFIX = "resin-"
DEPENDS = "kernel-modules-headers"
# Labels of the hostapp archive
IMAGE_LABELS = "io.balena.image.class=hostapp io.balena.image.store=root io.balena.update.requires-reboot=1"
