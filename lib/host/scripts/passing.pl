# Which addresses speak from which MACs on this host's links: ARP, and neighbour discovery of IPv6. The kernel hands over
# these packets alone, so a line that carries millions of others costs nothing. Of what a bridge forwards it sees what is
# meant for all, which is how everybody asks for a MAC first; to see answers between two others each packet would have to
# be looked at. One line each: MAC, space, address. Ends with standard input.
use strict;
use warnings;
$| = 1;
my ($AF_PACKET, $SOCK_DGRAM, $ETH_P_ARP, $ETH_P_IPV6) = (17, 2, 0x0806, 0x86dd);
my ($SOL_SOCKET, $SO_ATTACH_FILTER) = (1, 26);
my $again = 30;
my %told;

sub packets { my $type = shift; socket(my $s, $AF_PACKET, $SOCK_DGRAM, unpack('S', pack('n', $type))) or return; $s }
sub seen {
  my ($mac, $address) = @_;
  my $key = "$mac $address";
  my $now = time;
  return if defined $told{$key} && $now - $told{$key} < $again;
  %told = () if keys %told > 20000;
  $told{$key} = $now;
  print "$key\n" or exit 0;
}
sub mac { join ':', map { sprintf '%02x', $_ } unpack 'C6', shift }

my $arp = packets($ETH_P_ARP) or exit 1;
my $nd = packets($ETH_P_IPV6);
if ($nd) {
  # ICMPv6 (58) of type 135 or 136, else nothing.
  my $filter = join '', map { pack 'SCCL', @$_ } (
    [0x30, 0, 0, 6], [0x15, 0, 4, 58], [0x30, 0, 0, 40], [0x15, 1, 0, 135], [0x15, 0, 1, 136], [0x06, 0, 0, 128], [0x06, 0, 0, 0]);
  my $program = pack('S x!' . length(pack('P', $filter)) . 'P', 7, $filter);
  undef $nd unless setsockopt($nd, $SOL_SOCKET, $SO_ATTACH_FILTER, $program);
}
print "watching\n";
while (1) {
  my $want = '';
  vec($want, fileno($_), 1) = 1 for \*STDIN, $arp, $nd ? $nd : ();
  next if select(my $ready = $want, undef, undef, undef) < 1;
  if (vec($ready, 0, 1)) { exit 0 unless sysread(STDIN, my $ignored, 512) }
  if (vec($ready, fileno($arp), 1) && defined recv($arp, my $p, 128, 0)) {
    my ($type, $protocol, $sizes, $from, @ip) = unpack 'n n n x2 a6 C4', $p if length $p >= 28;
    seen(mac($from), join '.', @ip) if defined $type && $type == 1 && $protocol == 0x0800 && $sizes == 0x0604 && $ip[0];
  }
  if ($nd && vec($ready, fileno($nd), 1)) {
    my $sender = recv($nd, my $p, 128, 0);
    next unless defined $sender && length $p >= 64 && length $sender >= 18;
    # An advertisement speaks of its target, a question of its sender.
    my $address = substr $p, ord(substr $p, 40, 1) == 136 ? 48 : 8, 16;
    next if $address eq "\0" x 16;
    seen(mac(substr $sender, 12, 6), join ':', map { sprintf '%x', $_ } unpack 'n8', $address);
  }
}
