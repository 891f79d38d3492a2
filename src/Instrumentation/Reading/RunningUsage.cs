namespace LlmTelemetry.Instrumentation;

/// <summary>Several reports of one stream. Answers add up; of an answer either its reports do too, or each holds those before it and the last counts.</summary>
/// <param name="isCumulative">True: each holds those before it. False: the reports themselves must tell.</param>
internal sealed class RunningUsage(bool isCumulative)
{
    private UsageTally _before; // Of the answers that are over.
    private UsageTally _sum; // Of the answer at hand.
    private UsageTally _last;
    private int _reports;
    private bool _isRepeated;

    public UsageTally Tally
    {
        get
        {
            var tally = _before;
            tally.Add(isCumulative || _isRepeated ? _last : _sum);
            return tally;
        }
    }

    /// <summary>Whether reports held those before them although nobody said that they would: a guess, however good.</summary>
    public bool IsGuessed { get; private set; }

    /// <param name="report">The next report.</param>
    /// <param name="isNext">Whether it is the first of the next answer.</param>
    public void Take(in UsageTally report, bool isNext)
    {
        if (isNext)
        {
            _before = Tally;
            (_sum, _last, _reports, _isRepeated) = (default, default, 0, false);
        }

        if (_reports > 0)
        {
            // One that does not fit, and nothing of this answer is believed to be a repetition.
            var repeats = report.Repeats(in _last);
            _isRepeated = repeats && (_isRepeated || _reports == 1);
            IsGuessed |= repeats && !isCumulative;
        }

        _reports++;
        _sum.Add(in report);
        _last.Replace(in report);
    }
}
