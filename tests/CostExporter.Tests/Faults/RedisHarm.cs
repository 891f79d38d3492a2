using System.Diagnostics;
using System.Globalization;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>Does harm to a Redis and to the exporters that write to it, one fault after the other, each kind as often as the others, in the order of chance.</summary>
internal sealed class RedisHarm(RedisServer redis, IReadOnlyList<ExporterSlot> exporters, FaultWatch watch, Random random)
{
    private const int Pauses = 4000;

    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(60);

    private readonly Queue<FaultKind> _next = [];

    public List<LedgerFault> Faults { get; } = [];

    /// <summary>Goes on for this time, and then, up to as long again, until each kind has hit so often.</summary>
    public async Task DoAsync(TimeSpan duration, int leastHits, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var left = Enum.GetValues<FaultKind>();
        while (clock.Elapsed < duration || (clock.Elapsed < duration * 2 && (left = [.. left.Where(kind => Hits(kind) < leastHits)]).Length > 0))
        {
            if (_next.Count == 0 || clock.Elapsed >= duration)
            {
                _next.Clear();
                random.Shuffle(left);
                Array.ForEach(left, _next.Enqueue);
            }

            await DoAsync(_next.Dequeue(), cancellationToken);
        }
    }

    public int Hits(FaultKind kind) => Faults.Count(fault => fault.Kind == kind && fault.IsHit);

    private async Task DoAsync(FaultKind kind, CancellationToken cancellationToken)
    {
        // Of these, some strike when the batch is applied and nobody has heard it yet.
        var hold = kind is FaultKind.Killed or FaultKind.Restarted or FaultKind.ExporterKilled && random.Next(3) != 0;
        var sender = await RecoveredAsync(hold, cancellationToken);

        // Anywhere between the batch's way there, its script, its way to the disk and its answer.
        SpinFor(random.NextDouble() * (hold ? 0.01 : 0.002));
        try
        {
            if (kind == FaultKind.ExporterKilled)
            {
                await KillExporterAsync(sender);
                return;
            }

            Faults.Add(watch.Begin(kind));
            await HarmAsync(kind, cancellationToken);
        }
        finally
        {
            watch.End();
            watch.Release(heard: false);
        }
    }

    private async Task<FaultProxy> RecoveredAsync(bool hold, CancellationToken cancellationToken)
    {
        try
        {
            return await watch.BatchOfHealthyStoreAsync(hold).WaitAsync(Recovery, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException(
                $"No exporter wrote for {Recovery} after these faults: {string.Join(", ", Faults.TakeLast(5).Select(fault => fault.Kind))}. Redis says: {redis.Process.Output}");
        }
    }

    private Task HarmAsync(FaultKind kind, CancellationToken cancellationToken) => kind switch
    {
        FaultKind.Killed => KillAsync(),
        FaultKind.Stopped => StopAsync(),
        FaultKind.Restarted => RestartAsync(),
        FaultKind.Slow => SlowAsync(),
        FaultKind.Cut => watch.CutNextAsync().WaitAsync(Recovery, cancellationToken),
        FaultKind.OutOfMemory => SetAndResetAsync(["CONFIG", "SET", "maxmemory", "1"], ["CONFIG", "SET", "maxmemory", "0"]),
        FaultKind.Loading => LoadAsync(),
        FaultKind.ReadOnly => SetAndResetAsync(["REPLICAOF", "127.0.0.1", "1"], ["REPLICAOF", "NO", "ONE"]),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "An exporter is killed elsewhere."),
    };

    private async Task KillExporterAsync(FaultProxy sender)
    {
        var slot = exporters.Single(exporter => exporter.Proxy == sender);
        if (!slot.Current.IsRecording)
        {
            // It still sends what its journal held; its own first rounds come after that.
            return;
        }

        Faults.Add(watch.Begin(FaultKind.ExporterKilled, sender));
        await slot.KillAndStartAsync();
    }

    private async Task KillAsync()
    {
        if (random.Next(3) == 0)
        {
            // A copy waits in the stopped server's socket, and dies with it.
            redis.Process.Signal("STOP");
            await PauseAsync(0.1, 0.7);
        }

        await redis.KillAsync();
        watch.Release(heard: false);
        await PauseAsync(0, 0.3);
        await redis.RestartAsync();
    }

    private async Task StopAsync()
    {
        // Longer than the time limit, sometimes than several.
        redis.Process.Signal("STOP");
        await PauseAsync(0.55, 1.3);
        redis.Process.Signal("CONT");
    }

    private async Task RestartAsync()
    {
        redis.Process.Signal("TERM");
        await Eventually.HoldsAsync(() => Task.FromResult(redis.Process.HasExited), "Redis ends when it is told to");
        await redis.KillAsync();
        watch.Release(heard: false);
        await redis.RestartAsync();
    }

    private async Task SlowAsync()
    {
        if (random.Next(2) == 0)
        {
            watch.Hold();
            await PauseAsync(0.55, 1.3);
            watch.Release(heard: true);
            return;
        }

        watch.Delay = TimeSpan.FromSeconds(0.3 + (random.NextDouble() * 0.4));
        await PauseAsync(0.9, 1.5);
        watch.Delay = TimeSpan.Zero;
    }

    private async Task LoadAsync()
    {
        await redis.KillAsync();

        // About half a second, whatever the log of commands holds by now: microseconds for each command or, since a pause takes many times the shortest
        // one that can be asked for, that one for every so many commands.
        var commands = 1 + (redis.AofBytes / 100);
        var delay = commands < Pauses ? 500_000 / commands : -(commands / Pauses);
        await redis.RestartAsync("--key-load-delay", delay.ToString(CultureInfo.InvariantCulture), "--loading-process-events-interval-bytes", "1024");
    }

    private async Task SetAndResetAsync(string[] set, string[] reset)
    {
        Assert.StartsWith("+OK", await redis.CommandAsync(set), StringComparison.Ordinal);
        await PauseAsync(0.1, 0.5);
        Assert.StartsWith("+OK", await redis.CommandAsync(reset), StringComparison.Ordinal);
    }

    private Task PauseAsync(double from, double to) => Task.Delay(TimeSpan.FromSeconds(from + (random.NextDouble() * (to - from))), CancellationToken.None);

    private static void SpinFor(double seconds)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed.TotalSeconds < seconds)
        {
            Thread.SpinWait(20);
        }
    }
}
