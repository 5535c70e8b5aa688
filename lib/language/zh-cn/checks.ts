/** The check list of a host. */
export const checks: Readonly<Record<string, string>> = {
  'Bridged frames bypass iptables': '桥接帧绕过 iptables',
  'With br_netfilter every frame between VMs runs through the host’s iptables: 10 to 35 % fewer packets per second, and a FORWARD policy of DROP cuts bridged VMs off without a word.':
    '启用 br_netfilter 时，虚拟机之间的每个帧都要经过主机的 iptables：每秒数据包数减少 10 % 到 35 %，而 FORWARD 策略为 DROP 时会悄无声息地切断桥接的虚拟机。',
  'Some container networks need it, so it is asked, never assumed.': '某些容器网络需要它，因此总是询问，从不自行假定。',
  'br_netfilter is not loaded.': 'br_netfilter 未加载。',
  'br_netfilter is loaded, and its calls to iptables are off.': 'br_netfilter 已加载，其对 iptables 的调用已关闭。',
  'Switch the calls to iptables off, now and whenever the module is loaded.':
    '关闭对 iptables 的调用，立即生效，并在每次加载该模块时生效。',
  'Network “default”': '网络 “default”',
  'A NAT network for VMs that need no address of their own on the LAN: to try things, and to install from.':
    '供不需要局域网地址的虚拟机使用的 NAT 网络：用于试用和安装。',
  'libvirt has no network named “default”.': 'libvirt 没有名为 “default” 的网络。',
  'It is defined but not started.': '它已定义但未启动。',
  'It runs, but does not start with the host.': '它正在运行，但不随主机启动。',
  'It runs on {1} and starts with the host.': '它在 {1} 上运行，并随主机启动。',
  'Define it (NAT, {1}.0/24), start it, and start it with the host.':
    '定义它（NAT，{1}.0/24），启动它，并让它随主机启动。',
  'Start it, now and with the host.': '立即启动它，并让它随主机启动。',
  'User in the group libvirt': '用户属于 libvirt 组',
  'Members of this group reach libvirt’s socket directly (1–2 ms a question); everyone else goes through sudo, a hundred times slower.':
    '该组成员直接访问 libvirt 的套接字（每次查询 1–2 ms）；其他用户都要通过 sudo，慢一百倍。',
  'Drawbridge signs in as root.': 'Drawbridge 以 root 登录。',
  '{1} is in the group libvirt.': '{1} 属于 libvirt 组。',
  '{1} is not in the group libvirt.': '{1} 不属于 libvirt 组。',
  'There is no group libvirt on this host; it comes with libvirt.': '此主机没有 libvirt 组；它随 libvirt 一起安装。',
  'Put {1} into the group libvirt; it counts from the next connection on.':
    '将 {1} 加入 libvirt 组；从下次连接起生效。',
  'KVM usable': 'KVM 可用',
  'With KVM the CPU itself runs the guests.': '使用 KVM 时，客户机由 CPU 直接运行。',
  'Without it QEMU imitates a CPU, ten to fifty times slower, and no PPS figure means anything.':
    '没有它，QEMU 只能模拟 CPU，慢十到五十倍，任何 PPS 数值都没有意义。',
  'Load the module kvm_intel.': '加载模块 kvm_intel。',
  'Load the module kvm_amd.': '加载模块 kvm_amd。',
  'Kernel modules': '内核模块',
  'Bridges, taps and vhost-net are kernel modules.': '网桥、tap 和 vhost-net 都是内核模块。',
  'Loaded at boot, they are there before the first VM starts; without vhost-net each packet goes through QEMU, at about a third of the PPS.':
    '在启动时加载，它们就会在第一台虚拟机启动之前就绪；没有 vhost-net 时，每个数据包都要经过 QEMU，PPS 约为三分之一。',
  'This kernel has no {1}.': '此内核没有 {1}。',
  'Not loaded: {1}.': '未加载：{1}。',
  'Loaded now, but nothing loads them at boot: {1}.': '现已加载，但启动时不会加载：{1}。',
  '{1}: loaded, also at boot.': '{1}：已加载，启动时也会加载。',
  'Load {1} now and at each boot.': '立即加载 {1}，并在每次启动时加载。',
  QEMU: 'QEMU',
  Packages: '软件包',
  'QEMU runs the VMs, libvirt manages them, and the network tools configure and measure bridges.':
    'QEMU 运行虚拟机，libvirt 管理虚拟机，网络工具配置并测量网桥。',
  'Drawbridge is installing packages on this host just now.': 'Drawbridge 正在此主机上安装软件包。',
  'QEMU, libvirt and the network tools are installed.': 'QEMU、libvirt 和网络工具均已安装。',
  'Not installed: {1}.': '未安装：{1}。',
  'Follow the installation that is under way.': '跟踪正在进行的安装。',
  'Install {1} from the host’s own package sources.': '从主机自己的软件源安装 {1}。',
  'libvirt does not answer.': 'libvirt 没有响应。',
  'libvirt runs, but did not tell.': 'libvirt 正在运行，但没有说明。',
  'Root rights': 'root 权限',
  'Changing a host’s network and its packages takes root.': '更改主机的网络和软件包需要 root 权限。',
  'Drawbridge signs in as root, or as a user whose sudo asks for no password.':
    'Drawbridge 以 root 登录，或以 sudo 免密码的用户登录。',
  'sudo works for {1} without a password.': '{1} 的 sudo 免密码可用。',
  'Drawbridge manages VMs through libvirt.': 'Drawbridge 通过 libvirt 管理虚拟机。',
  'Enabled at boot, it also starts the VMs that are set to start with the host.':
    '启用开机启动后，它还会启动设为随主机启动的虚拟机。',
  'libvirt answers.': 'libvirt 有响应。',
  'This host does not use systemd, so its start at boot is not checked.':
    '此主机不使用 systemd，因此未检查其开机启动。',
  'libvirt does not answer, and this host does not use systemd: start it by hand.':
    'libvirt 没有响应，且此主机不使用 systemd：请手动启动它。',
  'libvirt is not installed.': 'libvirt 未安装。',
  '{1}: running and enabled.': '{1}：正在运行，并已启用开机启动。',
  'not running: {1}': '未运行：{1}',
  'not enabled at boot: {1}': '未启用开机启动：{1}',
  'Enable and start {1}.': '启用并启动 {1}。',
  'A storage pool': '存储池',
  'VM disks and installation images live in a storage pool; one named “default” is what tools and people look for.':
    '虚拟机磁盘和安装镜像存放在存储池中；工具和人们都会寻找名为 “default” 的存储池。',
  'The pool “default” is defined but not started.': '存储池 “default” 已定义但未启动。',
  'The pool “default” runs, but does not start with the host.': '存储池 “default” 正在运行，但不随主机启动。',
  '“default” ({1}) keeps its volumes in {2}.': '“default”（{1}）的卷保存在 {2}。',
  'No storage pool is running and set to start with the host.': '没有正在运行且随主机启动的存储池。',
  '“{1}” ({2}) is there.': '已有 “{1}”（{2}）。',
  'Define the pool “default” in /var/lib/libvirt/images, start it, and start it with the host.':
    '在 /var/lib/libvirt/images 定义存储池 “default”，启动它，并让它随主机启动。',
  'Start the pool “default”, now and with the host.': '立即启动存储池 “default”，并让它随主机启动。',
  'libvirt runs, and starts with the host': 'libvirt 正在运行，并随主机启动',
  'On for {1}.{2}{3}': '对 {1} 启用。{2}{3}',
}
