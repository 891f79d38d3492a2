using System.Text.Json;

namespace LlmTelemetry.Usage;

/// <summary>
/// Reads the events of a stream one by one, in constant memory; what is added is not held on to. Later reports of usage replace earlier ones,
/// as each provider means them. Not thread-safe.
/// </summary>
/// <param name="provider">As <c>gen_ai.provider.name</c> says it, or any other name for it. Decides only where the shape of an event leaves it open; null will do.</param>
public sealed class UsageBodyReader(string? provider = null)
{
    // The answers before this one, where a stream holds several; and the one at hand.
    private CallUsage _before;
    private UsageIssue _issueBefore;
    private decimal? _costBefore;
    private BodyReport? _report;
    private string? _answer;
    private string? _model;
    private string? _responseId;
    private string? _serviceTier;
    private string? _region;

    /// <summary>Reads an event, a whole answer, a usage object alone, or an array of them.</summary>
    /// <exception cref="FormatException">A text in it is no valid Unicode.</exception>
    public void Add(JsonElement json)
    {
        try
        {
            if (json.ValueKind == JsonValueKind.Array)
            {
                foreach (var item in json.EnumerateArray())
                {
                    Read(item);
                }
            }
            else
            {
                Read(json);
            }
        }
        catch (InvalidOperationException cause) // Half a surrogate pair, as the reader of names and texts reports it.
        {
            throw new FormatException("The body is no valid JSON: a text in it is no valid Unicode.", cause);
        }
    }

    /// <summary>What was read so far.</summary>
    public UsageBody ToBody()
    {
        var (usage, issue, cost) = Sum();
        return new UsageBody(in usage)
        {
            Issue = issue,
            Model = _model,
            ResponseId = _responseId,
            ServiceTier = _serviceTier,
            Region = _region,
            ReportedCost = cost,
        };
    }

    private void Read(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        var body = new BodyEnvelope(json, provider);
        if (body.IsOfAnotherModel)
        {
            return;
        }

        _model = body.Model ?? _model;
        _responseId = body.ResponseId ?? _responseId;
        _serviceTier = body.ServiceTier ?? _serviceTier;
        if (body.StartsAnswer)
        {
            StartAnswer(body.ResponseId);
        }

        if (UsageShapes.Read(body, _report) is { } report)
        {
            _report = report;
            _serviceTier = report.ServiceTier ?? _serviceTier;
            _region = report.Region ?? _region;
        }
        else if (body.HasMalformedUsage && _report is null)
        {
            (_report = new BodyReport()).Note(UsageIssue.NotACount);
        }
    }

    // The same answer announced twice is one.
    private void StartAnswer(string? id)
    {
        if (_report is not null && (id is null || id != _answer))
        {
            (_before, _issueBefore, _costBefore) = Sum();
        }

        _report = null;
        _answer = id;
    }

    private (CallUsage Usage, UsageIssue Issue, decimal? Cost) Sum()
    {
        if (_report is null)
        {
            return (_before, _issueBefore, _costBefore);
        }

        var issue = _report.ToUsage(out var usage);
        try
        {
            usage.Add(in _before);
        }
        catch (OverflowException)
        {
            issue = UsageIssue.TotalMismatch;
        }

        return (usage, _issueBefore is UsageIssue.None or UsageIssue.UnknownOverlap ? issue : _issueBefore, _report.Cost is null ? _costBefore : _report.Cost + (_costBefore ?? 0));
    }
}
