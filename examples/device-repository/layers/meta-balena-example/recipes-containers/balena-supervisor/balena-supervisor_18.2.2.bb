SUMMARY = "The agent that keeps the containers of a device up to date"
LICENSE = "MIT"
PACKAGE_ARCH = "all"
FILES_DIR = "files/rootfs"
