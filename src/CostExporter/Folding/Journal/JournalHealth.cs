using Microsoft.Extensions.Logging;

namespace LlmTelemetry.CostExporter;

/// <summary>Says when the journal no longer holds everything and when it does again: once for each change.</summary>
internal sealed class JournalHealth(ILogger logger, string folder)
{
    private int _isFailing;

    public void Failed(string why)
    {
        if (Interlocked.Exchange(ref _isFailing, 1) == 0)
        {
            SelfDiagnostics.Log.Failed(new IOException(why), "nothing: what the journal cannot hold is in memory alone");
            logger.LogWarning("The journal in {Folder} cannot hold everything that is pending: {Why}. What it does not hold is in memory alone, and lost if the process is killed.", folder, why);
        }
    }

    public void Works()
    {
        if (Volatile.Read(ref _isFailing) != 0 && Interlocked.Exchange(ref _isFailing, 0) != 0)
        {
            logger.LogInformation("The journal in {Folder} holds everything that is pending again.", folder);
        }
    }

    public static void Missed(long rows) => ExporterMetrics.CountUnjournaled(rows);

    public void Damaged(string path, int places)
    {
        ExporterMetrics.CountDamaged(places);
        SelfDiagnostics.Log.Failed(new InvalidDataException($"{places} places of {path} are damaged."), "what was written down there");
        logger.LogWarning("{Places} places of the journal {Path} are damaged: what was written down there is lost, the rest is sent.", places, path);
    }

    public void Expired(string path, long rows)
    {
        ExporterMetrics.CountDropped(Vocabulary.DropReasons.JournalExpired, rows);
        SelfDiagnostics.Log.Dropped(Vocabulary.DropReasons.JournalExpired, rows, $"The batches in {path} are older than what the store remembers of numbers.");
        logger.LogError("The journal {Path} holds {Rows} rows in batches so old that the store may have had them and forgotten their numbers: they are not sent.", path, rows);
    }

    public void Replaying(string path, long rows) => logger.LogInformation("The journal {Path} was left behind: {Rows} rows that its process had not brought to the store for sure are sent now.", path, rows);

    public void Replayed(string path) => logger.LogInformation("The journal {Path} is in the store and was deleted.", path);

    public void Foreign(string path) =>
        logger.LogWarning("The journal {Path} was left behind by an exporter to another store than this one's: start an exporter with that store and this folder, or delete it.", path);

    public void CannotReplay(string path, Exception cause)
    {
        SelfDiagnostics.Log.Failed(cause, "nothing: the journal is tried again");
        logger.LogWarning(cause, "The journal {Path} was left behind and cannot be taken over now; it is tried again.", path);
    }
}
