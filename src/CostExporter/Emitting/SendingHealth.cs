using System.Globalization;
using Microsoft.Extensions.Logging;

namespace LlmTelemetry.CostExporter;

/// <summary>Says when sending events begins to fail and when it works again: once for each change, not for each attempt. Used by one at a time.</summary>
/// <param name="place">Where events go.</param>
/// <param name="logger">The application's.</param>
internal sealed class SendingHealth(string place, ILogger logger)
{
    private bool _failing;
    private bool _overflowing;
    private bool _refused;

    public void Failed(string why, int waiting, int capacity)
    {
        SelfDiagnostics.Log.EventsFailed(place, why, waiting);
        if (!_failing)
        {
            _failing = true;
            logger.LogError("Usage events do not reach {Place}: {Why}. {Waiting} wait and are sent again; {Capacity} may wait, what comes then is dropped.", place, why, waiting, capacity);
        }
    }

    public void Taken(long events, int waiting)
    {
        EventMetrics.CountSent(events);
        _overflowing &= waiting > 0;
        if (_failing)
        {
            _failing = false;
            logger.LogInformation("Usage events reach {Place} again; what waited is sent, each with its id, so that none counts twice.", place);
        }
    }

    /// <summary>The queue is full. What was let go is counted where it was let go.</summary>
    public void Overflowing(int capacity)
    {
        if (!_overflowing)
        {
            _overflowing = true;
            SelfDiagnostics.Log.Dropped(Vocabulary.DropReasons.Overflow, 0, $"More than {capacity.ToString(CultureInfo.InvariantCulture)} usage events wait for {place}.");
            logger.LogError("{Capacity} usage events wait for {Place}, which are as many as may: until some are sent, new ones are dropped and counted.", capacity, place);
        }
    }

    public void Refused(long events, string? why)
    {
        EventMetrics.CountDropped(Vocabulary.DropReasons.Refused, events);
        SelfDiagnostics.Log.Dropped(Vocabulary.DropReasons.Refused, events, why ?? "The receiver did not say why.");
        if (!_refused)
        {
            // Once: the counter says how many it were.
            _refused = true;
            logger.LogError("{Place} refused {Events} usage events for good: {Why}. They are dropped and counted, as all that it will refuse.", place, events, why ?? "it did not say why");
        }
    }

    public void NotSent(long events, string? why)
    {
        EventMetrics.CountDropped(Vocabulary.DropReasons.Shutdown, events);
        SelfDiagnostics.Log.Dropped(Vocabulary.DropReasons.Shutdown, events, why ?? "The time to shut down was over.");
        logger.LogError("The process ends with {Events} usage events that {Place} did not take; they are lost: {Why}", events, place, why ?? "the time to shut down was over");
    }
}
