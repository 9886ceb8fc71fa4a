SUMMARY = "Writes the system image to the internal disk"
LICENSE = "MIT"
PACKAGE_ARCH = "all"
FILES_DIR = "files/rootfs"
