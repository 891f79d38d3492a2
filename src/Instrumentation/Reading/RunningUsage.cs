namespace LlmTelemetry.Instrumentation;

/// <summary>Reports that each give an answer's usage so far: the last of an answer counts, and answers add up.</summary>
internal sealed class RunningUsage
{
    private UsageTally _before;
    private UsageTally _current;
    private string? _responseId;

    public UsageTally Tally
    {
        get
        {
            var sum = _before;
            sum.Add(in _current);
            return sum;
        }
    }

    public void Take(in UsageTally report, string? responseId)
    {
        if (responseId != _responseId)
        {
            // Function invocation inside asks again for the same stream.
            _before.Add(in _current);
            _current = default;
            _responseId = responseId;
        }

        _current.Replace(in report);
    }
}
