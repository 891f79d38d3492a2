namespace LlmTelemetry.CostExporter;

/// <summary>What one session used and spent so far, as far as its exporters have flushed it.</summary>
public sealed class SessionReport
{
    internal SessionReport(string session, StoredSession stored, UsageReport report)
    {
        Session = session;
        Tenant = stored.Tenant;
        FirstAt = stored.FirstAt;
        LastAt = stored.LastAt;
        Report = report;
    }

    /// <summary>The session's id.</summary>
    public string Session { get; }

    /// <summary>Whose session it is; null where its calls did not say.</summary>
    public string? Tenant { get; }

    /// <summary>When its first call ended (UTC), to the second.</summary>
    public DateTimeOffset FirstAt { get; }

    /// <summary>When its last call ended (UTC), to the second.</summary>
    public DateTimeOffset LastAt { get; }

    /// <summary>What it used and spent: by provider and model, and in total.</summary>
    public UsageReport Report { get; }

    /// <summary>Renders JSON: that of <see cref="Report"/>, with whose it is and when.</summary>
    public string ToJson() => ReportJson.Render(Report, this);
}
