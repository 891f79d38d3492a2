using System.Diagnostics.Metrics;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>The exporter's own health, over all exporters of the process.</summary>
internal static class ExporterMetrics
{
    private static readonly Lock Gate = new();

    // Replaced as a whole under Gate.
    private static volatile SpendFlusher[] _live = [];
    private static volatile SpendJournal[] _journals = [];
    private static volatile int _booking;

    /// <summary>The meter of everything that the exporter publishes.</summary>
    public static Meter Meter { get; } = new(Vocabulary.CostExporter);

    private static readonly Counter<long> Flushes = Meter.CreateCounter<long>(
        Metrics.ExporterFlushes, Units.Flush, "Attempts to bring what is pending to the store: ok when a partition has nothing left, failed for each attempt that failed.");

    private static readonly Counter<long> Dropped = Meter.CreateCounter<long>(
        Metrics.ExporterDropped, Units.Row, "Rows that will not be in the store, by reason.");

    private static readonly Counter<long> RecordsDropped = Meter.CreateCounter<long>(
        Metrics.RecordsDropped, Units.Record, "Records of single calls that are not kept, by reason. What the calls cost is in the ledger all the same.");

    private static readonly Counter<long> Folded = Meter.CreateCounter<long>(
        Metrics.ExporterFolded, Units.Call, "Increments booked under _other because too many distinct keys were pending. The money is right, the attribution is lost.");

    private static readonly Counter<long> Reloads = Meter.CreateCounter<long>(
        Metrics.PriceReloads, Units.Reload, "Changes of the price file: ok when its prices are in use, failed when it was refused and the last good ones stay.");

    private static readonly Counter<long> Gaps = Meter.CreateCounter<long>(
        Metrics.ExporterGaps, Units.Exporter, "Exporters that ended without saying so: lost when what they held since their last beat is, journal when a journal has it.");

    private static readonly Counter<long> Unjournaled = Meter.CreateCounter<long>(
        Metrics.ExporterJournalMissed, Units.Row, "Rows that the journal had no room for, or could not write: they are in memory alone.");

    private static readonly Counter<long> Damaged = Meter.CreateCounter<long>(
        Metrics.ExporterJournalDamaged, Units.Frame, "Damaged places of journals that were left behind: what was written down there is lost, the rest was used.");

    static ExporterMetrics()
    {
        // The instrumentation says the same, but not in a process that has none.
        Meter.CreateObservableGauge<long>(
            Metrics.UsageBooked, static () => _booking > 0 ? [new Measurement<long>(1)] : [], Units.One, "1 where this process books other libraries' metrics in a ledger itself: whoever receives its telemetry must not.");
        Meter.CreateObservableGauge(
            Metrics.ExporterJournalBytes, static () => _journals.Sum(j => j.Bytes), Units.Byte, "What journals take on the disk.");
        Meter.CreateObservableGauge(
            Metrics.ExporterJournalFrames, static () => _journals.Sum(j => j.Frames), Units.Frame, "Rows and batches that are written down in journals.");
        Meter.CreateObservableGauge(
            Metrics.ExporterPendingRows, static () => _live.Sum(f => f.PendingRows), Units.Row, "Rows that the store has not acknowledged.");
        Meter.CreateObservableGauge(
            Metrics.ExporterLag, static () => _live.Select(f => f.Lag.TotalSeconds).DefaultIfEmpty().Max(), Units.Second, "Age of the oldest increment that the store has not acknowledged; 0 when there is none.");
    }

    public static void CountFlush(bool succeeded) => Flushes.Add(1, new KeyValuePair<string, object?>(Attributes.Result, succeeded ? Results.Ok : Results.Failed));

    public static void CountDropped(string reason, long rows) => Dropped.Add(rows, new KeyValuePair<string, object?>(Attributes.Reason, reason));

    public static void CountRecordsDropped(string reason, long records) => RecordsDropped.Add(records, new KeyValuePair<string, object?>(Attributes.Reason, reason));

    public static void CountFolded() => Folded.Add(1);

    public static void CountGap(bool journaled) =>
        Gaps.Add(1, new KeyValuePair<string, object?>(Attributes.Reason, journaled ? GapReasons.Journal : GapReasons.Lost));

    public static void CountUnjournaled(long rows) => Unjournaled.Add(rows);

    public static void CountDamaged(int places) => Damaged.Add(places);

    public static void CountReload(bool succeeded) => Reloads.Add(1, new KeyValuePair<string, object?>(Attributes.PriceResult, succeeded ? Results.Ok : Results.Failed));

    /// <summary>Metrics of this process are booked, until <see cref="EndBooking"/>.</summary>
    public static void BeginBooking() => Interlocked.Increment(ref _booking);

    public static void EndBooking() => Interlocked.Decrement(ref _booking);

    public static void Watch(SpendFlusher flusher)
    {
        lock (Gate)
        {
            _live = [.. _live, flusher];
        }
    }

    public static void Watch(SpendJournal journal)
    {
        lock (Gate)
        {
            _journals = [.. _journals, journal];
        }
    }

    public static void Unwatch(SpendJournal journal)
    {
        lock (Gate)
        {
            _journals = Array.FindAll(_journals, j => !ReferenceEquals(j, journal));
        }
    }

    public static void Unwatch(SpendFlusher flusher)
    {
        lock (Gate)
        {
            _live = Array.FindAll(_live, f => !ReferenceEquals(f, flusher));
        }
    }
}
