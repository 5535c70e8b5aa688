use strict;
# clock_gettime by its number: Time::HiRes is a package of its own on some systems.
my %number = (x86_64 => 228, aarch64 => 113, riscv64 => 113, ppc64le => 246, s390x => 260);
my $gettime = $number{$ARGV[0] // ''};
sub clock {
  my $time = pack('q2', 0, 0);
  if (defined $gettime && syscall($gettime, 1, $time) == 0) {
    my ($seconds, $nanoseconds) = unpack('q2', $time);
    return sprintf("%d.%09d", $seconds, $nanoseconds);
  }
  open(my $uptime, '<', '/proc/uptime') or exit 1;
  return (split(' ', scalar <$uptime>))[0];
}
open(my $counters, '<', '/proc/net/dev') or die "/proc/net/dev: $!\n";
# Ticks that piled up while the host was busy get one answer.
while (sysread(STDIN, my $ticks, 4096)) {
  sysseek($counters, 0, 0) or die "/proc/net/dev: $!\n";
  my $frame = clock() . "\n";
  1 while sysread($counters, $frame, 65536, length $frame);
  $frame .= ".\n";
  my $sent = 0;
  while ($sent < length $frame) {
    my $wrote = syswrite(STDOUT, $frame, length($frame) - $sent, $sent);
    exit 1 unless defined $wrote;
    $sent += $wrote;
  }
}
