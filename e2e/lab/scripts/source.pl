#!/usr/bin/perl
# source.pl KIND TARGET PPS SECONDS BYTES WAVE [DEVICE]: sends packets at a known, paced rate, then says how many in JSON.
# KIND: udp (to TARGET's port 9), icmp (echo requests: the target answers each), frame (raw Ethernet to the MAC TARGET on DEVICE).
# BYTES: payload. WAVE 1: the rate swings slowly around PPS. Perl, because every Debian has it.
use strict;
use warnings;
use Socket;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC sleep);

my ($kind, $target, $pps, $seconds, $bytes, $wave, $device) = @ARGV;
my ($socket, $to);
my $packet = 'x' x $bytes;
if ($kind eq 'udp') {
  socket($socket, AF_INET, SOCK_DGRAM, 0) or die "socket: $!\n";
  $to = sockaddr_in(9, inet_aton($target));
} elsif ($kind eq 'icmp') {
  socket($socket, AF_INET, SOCK_RAW, 1) or die "socket: $!\n";
  setsockopt($socket, SOL_SOCKET, SO_RCVBUF, 1);    # the answers are not read
  $to = sockaddr_in(0, inet_aton($target));
  my $head = pack('CCnnn', 8, 0, 0, $$ & 0xffff, 1);
  my $sum = unpack('%32n*', $head . $packet . (length($packet) % 2 ? "\0" : ''));
  $sum = ($sum & 0xffff) + ($sum >> 16);
  $sum = ($sum & 0xffff) + ($sum >> 16);
  substr($head, 2, 2) = pack('n', ~$sum & 0xffff);
  $packet = $head . $packet;
} elsif ($kind eq 'frame') {
  my $ETH_P_ALL = 0;                                # 0: receives nothing
  socket($socket, 17, SOCK_RAW, $ETH_P_ALL) or die "socket: $!\n";
  open my $f, '<', "/sys/class/net/$device/ifindex" or die "$device: $!\n";
  chomp(my $index = <$f>);
  my $mac = pack('H12', $target =~ s/://gr);
  # struct sockaddr_ll
  $to = pack('Snisccx0a8', 17, 0x88b5, $index, 0, 0, 6, $mac);
  my $own = "\x02\0\0\0\0\x01";
  $packet = $mac . $own . pack('n', 0x88b5) . $packet;    # an EtherType set aside for experiments
} else {
  die "unknown kind $kind\n";
}

# Rare wake-ups save the machine's time; at a high rate they would be bursts that overrun a queue.
my $pause = $pps < 5000 ? 0.004 : 0.0007;
my ($sent, $failed, $due) = (0, 0, 0);
my $start = clock_gettime(CLOCK_MONOTONIC);
my ($now, $stop) = ($start, 0);
$SIG{TERM} = $SIG{INT} = sub { $stop = 1 };
while (!$stop) {
  my $before = $now;
  $now = clock_gettime(CLOCK_MONOTONIC);
  my $t = $now - $start;
  last if $t >= $seconds;
  my $rate = $wave ? $pps * (1 + 0.55 * sin($t / 9.5) + 0.25 * sin($t / 2.3)) : $pps;
  $due += $rate * ($now - $before);
  # After a long stall of this machine the arrears are dropped: a burst would only overrun the receiver's queue.
  $due = $rate * 0.25 if $due > $rate * 0.25 + 1;
  while ($due >= 1) {
    $due--;
    if (defined send($socket, $packet, 0, $to)) { $sent++ } else { $failed++ }
  }
  sleep($pause);
}
my $elapsed = int(1000 * (clock_gettime(CLOCK_MONOTONIC) - $start));
printf '{"sent":%d,"failed":%d,"elapsedMs":%d}' . "\n", $sent, $failed, $elapsed;
