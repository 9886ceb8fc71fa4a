DEPENDS = "hello linux-mini failing"

addtask image after do_install before do_build
do_image[dirs] = "${DEPLOY_DIR_IMAGE} ${DEPLOY_DIR}/licenses/hello"
do_image[vardeps] += "DEVICE_TYPE SUPERVISOR_VERSION OS_DEVELOPMENT"
do_image[file-checksums] = "${COREBASE}/VERSION:True"

python do_image() {
    import hashlib, io, json, struct, tarfile
    folder = d.getVar('DEPLOY_DIR_IMAGE')
    machine = d.getVar('MACHINE')
    image = d.getVar('PN')
    with open(os.path.join(d.getVar('COREBASE'), 'VERSION')) as file:
        version = file.read().strip()

    def write(name, content):
        with open(os.path.join(folder, name), 'wb') as file:
            file.write(content)

    def link(name, target):
        path = os.path.join(folder, name)
        if os.path.lexists(path):
            os.remove(path)
        os.symlink(target, path)

    write('VERSION', (d.getVar('SUPERVISOR_VERSION') + '\n').encode())
    write('VERSION_HOSTOS', (version + '\n').encode())

    # An MBR with two partitions, of four MiB in all.
    sector = bytearray(512)
    sector[446:462] = struct.pack('<B3sB3sII', 0x80, b'', 0x0c, b'', 2048, 2048)
    sector[462:478] = struct.pack('<B3sB3sII', 0, b'', 0x83, b'', 4096, 4096)
    sector[510:512] = b'\x55\xaa'
    disk = bytes(sector) + bytes(2047 * 512) + (version * 1000).encode().ljust(2048 * 512, b'\0') + os.path.basename(folder).encode().ljust(4096 * 512, b'.')
    stamped = '%s-%s-%s.balenaos-img' % (image, machine, d.getVar('DATETIME'))
    write(stamped, disk)
    link('%s-%s.balenaos-img' % (image, machine), stamped)
    write('%s-%s.manifest' % (image, machine), b'hello aarch64 1.0\n')

    def archive(entries):
        held = io.BytesIO()
        with tarfile.open(fileobj=held, mode='w') as tar:
            for name, content in entries:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        return held.getvalue()

    layer = archive([('etc/os-release', ('VERSION_ID=%s\n' % version).encode())])
    config = json.dumps({'architecture': 'arm64', 'os': 'linux', 'config': {},
        'rootfs': {'type': 'layers', 'diff_ids': ['sha256:' + hashlib.sha256(layer).hexdigest()]}}).encode()
    name = hashlib.sha256(config).hexdigest() + '.json'
    manifest = json.dumps([{'Config': name, 'RepoTags': None, 'Layers': ['layer.tar']}]).encode()
    write('%s-%s.docker' % (image, machine), archive([('manifest.json', manifest), (name, config), ('layer.tar', layer)]))
    with open(os.path.join(d.getVar('DEPLOY_DIR'), 'licenses', 'hello', 'generic_MIT'), 'w') as file:
        file.write('Permission is hereby granted.\n')
}
