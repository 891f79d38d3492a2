namespace LlmTelemetry.Budgets;

/// <summary>Where a loop waits between its tries: ever longer, unless it is woken. One loop waits at a time.</summary>
internal sealed class RetryPause(TimeProvider time)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();

    // Both under the gate.
    private TaskCompletionSource? _over;
    private bool _isHurried;

    public static TimeSpan First { get; } = TimeSpan.FromMilliseconds(100);

    public static TimeSpan Longer(TimeSpan pause) => pause < First ? First : pause * 2 < Longest ? pause * 2 : Longest;

    public async Task WaitAsync(TimeSpan pause)
    {
        if (pause == TimeSpan.Zero)
        {
            return;
        }

        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _over = over;
            pause = _isHurried ? First : pause;
        }

        using var timer = time.CreateTimer(static state => ((TaskCompletionSource)state!).TrySetResult(), over, pause, Timeout.InfiniteTimeSpan);
        await over.Task.ConfigureAwait(false);
    }

    /// <summary>Ends the pause.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            _over?.TrySetResult();
        }
    }

    /// <summary>Ends the pause, and lets none be longer than the first from now on: nobody waits ten seconds for a process to end.</summary>
    public void Hurry()
    {
        lock (_gate)
        {
            _isHurried = true;
            _over?.TrySetResult();
        }
    }
}
