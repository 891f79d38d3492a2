using Microsoft.Extensions.Logging;

namespace LlmTelemetry.Budgets;

/// <summary>Logs what may happen at every call: the first time, and then once a minute with how often it was. Thread-safe.</summary>
/// <param name="logger">Where to.</param>
/// <param name="time">The clock.</param>
/// <param name="consequence">What comes of it, as a sentence.</param>
internal sealed class RareLog(ILogger logger, TimeProvider time, string consequence)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();

    // Under the gate.
    private long _unsaid;
    private long? _saidAt;

    public void Write(Exception cause)
    {
        SelfDiagnostics.Log.Failed(cause, consequence);
        long times;
        lock (_gate)
        {
            _unsaid++;
            if (_saidAt is { } at && time.GetElapsedTime(at) < Pause)
            {
                return;
            }

            _saidAt = time.GetTimestamp();
            times = _unsaid;
            _unsaid = 0;
        }

        logger.LogError(cause, "{Consequence} ({Times} times since this was last said.) {Error}: {Message}", consequence, times, cause.GetType().Name, cause.Message);
    }
}
