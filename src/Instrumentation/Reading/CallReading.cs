using System.Runtime.InteropServices;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation;

/// <summary>What is known of an answer so far: folded update by update in constant memory, never holding on to an update.</summary>
internal struct CallReading
{
    private UsageTally _reported;
    private RunningUsage? _running; // Made only where a stream reports more than once; the sum above is then its.
    private RawUsage? _raw; // Made only for answers that it can read.
    private HashSet<string>? _searches; // Made only where the provider searched the web.
    private Pieces? _pieces; // Made only for calls other than chats.
    private readonly TextCount? _unreported; // The text since the last report; made only where that is to be estimated.
    private readonly bool _isWatching;
    private string? _serviceTier;
    private string? _finishReason;
    private UsageIssue _issue;
    private bool _hasReported;
    private bool _hasBegun;
    private bool _isNext; // The answer that was reported on is over: function invocation inside asks again for the same stream.

    /// <param name="prompt">What was sent, where usage is to be estimated.</param>
    /// <param name="isWatching">Whether reports of a chat's stream are watched for such as hold those before them, although they should add up.</param>
    public CallReading(PromptText? prompt, bool isWatching)
    {
        _unreported = prompt is null ? null : new TextCount(prompt);
        _isWatching = isWatching;
    }

    /// <inheritdoc cref="CallRequest.Sent"/>
    public object? Sent
    {
        readonly get => _pieces?.Sent;
        init => _pieces = value is null ? null : new Pieces { Sent = value };
    }

    /// <summary>Whether the provider reported tokens: it then bills by them.</summary>
    public readonly bool HasTokens => _hasReported;

    /// <summary>The longest audio that the answer told of; null: of none.</summary>
    public readonly TimeSpan? Audio => _pieces?.Audio;

    /// <summary>Attributes of the span that only the answer tells.</summary>
    public readonly ReadOnlySpan<KeyValuePair<string, object?>> Details => CollectionsMarshal.AsSpan(_pieces?.Details);

    public string? Model { get; private set; }

    public string? ResponseId { get; private set; }

    public string? ConversationId { get; private set; }

    public readonly ChatFinishReason? FinishReason => _finishReason is null ? null : new ChatFinishReason(_finishReason);

    /// <summary>Whether the provider still works at the answer.</summary>
    public bool IsToBeContinued { get; private set; }

    /// <summary>Whether what is still to come can be told to be this answer's.</summary>
    public readonly bool CanBeFetched => IsToBeContinued && ResponseId is not null;

    public readonly string? ServiceTier => _raw?.Body.ServiceTier ?? _serviceTier;

    public readonly string? Region => _raw?.Body.Region;

    public void Read(ChatResponse response)
    {
        Describe(response.ModelId, response.ResponseId, response.ConversationId, response.FinishReason);
        IsToBeContinued = response.ContinuationToken is not null;
        _hasBegun = true;
        if (response.Usage is { } usage)
        {
            Count(usage, response.RawRepresentation, isCumulative: false);
        }

        for (var i = 0; i < response.Messages.Count; i++)
        {
            _unreported?.Add(response.Messages[i].Contents);
            CountSearches(response.Messages[i].Contents);
        }

        ReadRaw(response.RawRepresentation);
    }

    /// <param name="update">The next update of a stream.</param>
    /// <param name="isCumulative">Whether each report of usage holds those before it; else they add up, as Microsoft.Extensions.AI has it.</param>
    public void Read(ChatResponseUpdate update, bool isCumulative)
    {
        Describe(update.ModelId, update.ResponseId, update.ConversationId, update.FinishReason);
        IsToBeContinued = update.ContinuationToken is not null;
        _hasBegun = true;

        // What a tool gave back is no output, and comes between two answers.
        var isTool = update.Role == ChatRole.Tool;
        _isNext |= isTool && _hasReported;

        // The getter makes a list where there is none: 32 bytes for an update that somebody made without contents.
        var contents = update.Contents;
        try
        {
            if (!isTool)
            {
                _unreported?.Add(contents);
            }
        }
        finally
        {
            Count(contents, update.RawRepresentation, isCumulative); // Also beside a text that cannot be counted.
        }

        CountSearches(contents);
        ReadRaw(update.RawRepresentation);
    }

    /// <summary>Adds to the usage of a call that was seen to its end, or as far as it was seen, what nobody reported.</summary>
    /// <param name="isWhole">Whether the answer came to its end: what it reported is then all.</param>
    /// <param name="usage">What was reported.</param>
    /// <returns>Whether anything was added. Nothing is before an answer begins: providers charge for none of what they refuse.</returns>
    public readonly bool TryEstimate(bool isWhole, ref CallUsage usage)
    {
        if (_unreported is null || !_hasBegun || CanBeFetched)
        {
            return false;
        }

        var tokens = _unreported.Tokens;
        if (usage.IsEmpty)
        {
            usage[UsageBucket.Input] = _unreported.Prompt?.Tokens ?? 0;
            usage[UsageBucket.Output] = tokens;
            return true;
        }

        if (isWhole || tokens == 0 || usage[UsageBucket.Output] > long.MaxValue - tokens)
        {
            return false;
        }

        usage[UsageBucket.Output] += tokens;
        return true;
    }

    /// <summary>Reads what clients other than those for chat tell of an answer, or of an update of its stream.</summary>
    /// <param name="usage">What it used; null: it does not say.</param>
    /// <param name="raw">The provider's own object.</param>
    /// <param name="model">The model that answered.</param>
    /// <param name="responseId">The answer's id.</param>
    /// <param name="isCumulative">As for the updates of a chat.</param>
    /// <param name="medium">What its tokens are of, where it does not tell them apart.</param>
    public void Read(UsageDetails? usage, object? raw, string? model, string? responseId, bool isCumulative = false, Medium medium = Medium.Chat)
    {
        Describe(model, responseId, conversationId: null, finishReason: null);
        if (usage is not null)
        {
            Count(usage, raw, isCumulative, medium);
        }
    }

    /// <summary>The same of an update whose usage is among its contents.</summary>
    public void Read(IList<AIContent> contents, object? raw, string? model, string? responseId, bool isCumulative, Medium medium)
    {
        Describe(model, responseId, conversationId: null, finishReason: null);
        Count(contents, raw, isCumulative, medium);
    }

    /// <summary>Notes that the audio lasted at least so long.</summary>
    public void Hear(TimeSpan audio)
    {
        _pieces ??= new Pieces();
        _pieces.Audio = audio > _pieces.Audio ? audio : _pieces.Audio ?? audio;
    }

    /// <summary>Notes an attribute of the span; null: it is not known.</summary>
    public void Tell(string name, object? value) => (_pieces ??= new Pieces()).Details.Add(new(name, value));

    /// <summary>Adds counts that are disjoint already and not in any <see cref="UsageDetails"/>: images, seconds of audio, characters.</summary>
    /// <param name="usage">The counts.</param>
    /// <param name="issue">What is wrong with them.</param>
    public void Add(in CallUsage usage, UsageIssue issue = UsageIssue.None)
    {
        (_pieces ??= new Pieces()).Add(in usage);
        _issue = issue is UsageIssue.None ? _issue : issue;
    }

    /// <summary>The usage of the call; false when the provider reported none, which is not 0.</summary>
    /// <param name="usage">The disjoint buckets.</param>
    /// <param name="issue">What is wrong with the counts.</param>
    public readonly bool TryGetUsage(out CallUsage usage, out UsageIssue issue)
    {
        var tally = _raw is null ? _reported : Combined(_raw.Body);
        if (!tally.IsEmpty)
        {
            tally[UsageCount.WebSearch] ??= _searches?.Count;
        }

        issue = UsageReader.ToUsage(in tally, out usage);
        if (issue is UsageIssue.None or UsageIssue.UnknownOverlap && _raw is { Body.Issue: not UsageIssue.None })
        {
            issue = _raw.Body.Issue;
        }

        issue = issue is UsageIssue.None ? _issue : issue;
        if (_running is { IsGuessed: true } && issue is UsageIssue.None or UsageIssue.UnknownOverlap)
        {
            issue = UsageIssue.TotalMismatch;
        }

        if (_pieces is not null && !_pieces.TryAddTo(ref usage))
        {
            issue = UsageIssue.TotalMismatch;
        }

        return !usage.IsEmpty;
    }

    // The adapter's counts, with the details that only the raw answer has; the raw answer's own where the adapter gave none, was cut before
    // it could, or left out what else the provider counted for it.
    private readonly UsageTally Combined(UsageBody body)
    {
        if (!body.HasUsage)
        {
            return _reported;
        }

        var (tally, raw) = (_reported, UsageReader.Read(in body.Usage));
        if (!_hasReported || (raw[UsageCount.Input] is { } input && !(input <= tally[UsageCount.Input])))
        {
            return raw;
        }

        if (raw[UsageCount.CacheWrite1h] <= tally[UsageCount.CacheWrite])
        {
            tally[UsageCount.CacheWrite1h] ??= raw[UsageCount.CacheWrite1h];
        }

        if (raw[UsageCount.Reasoning] <= tally[UsageCount.Output])
        {
            tally[UsageCount.Reasoning] ??= raw[UsageCount.Reasoning];
        }

        tally[UsageCount.WebSearch] ??= raw[UsageCount.WebSearch];
        return tally;
    }

    // For clients whose usage does not count searches, as OpenAI's does not. The updates of a stream may tell of the same one again.
    private void CountSearches(IList<AIContent> contents)
    {
        for (var i = 0; i < contents.Count; i++)
        {
            if (contents[i] is WebSearchToolCallContent search)
            {
                (_searches ??= []).Add(search.CallId);
            }
        }
    }

    private void ReadRaw(object? raw)
    {
        if (raw is not null && RawUsage.IsReadable(raw))
        {
            (_raw ??= new RawUsage()).Read(raw);
        }
    }

    private void Count(IList<AIContent> contents, object? raw, bool isCumulative, Medium medium = Medium.Chat)
    {
        for (var i = 0; i < contents.Count; i++)
        {
            if (contents[i] is UsageContent { Details: { } details })
            {
                Count(details, raw, isCumulative, medium);
            }
        }
    }

    private void Count(UsageDetails details, object? raw, bool isCumulative, Medium medium = Medium.Chat)
    {
        var report = UsageReader.Read(details);
        try
        {
            report = UsageReader.WithDetails(report, details, raw, medium);
            _serviceTier = ServiceTiers.Of(raw) ?? _serviceTier;
        }
        finally
        {
            Take(in report, isCumulative); // Also beside a provider's object that cannot be read.
        }
    }

    private void Take(in UsageTally report, bool isCumulative)
    {
        if (report.IsEmpty)
        {
            return;
        }

        Add(in report, isCumulative);
        _unreported?.Reset();
        _hasReported = true;
        _isNext = false;
    }

    private void Add(in UsageTally report, bool isCumulative)
    {
        if (_running is null && !isCumulative && !(_isWatching && _hasReported))
        {
            _reported.Add(in report);
            return;
        }

        if (_running is null)
        {
            _running = new RunningUsage(isCumulative);
            if (_hasReported)
            {
                _running.Take(in _reported, isNext: false);
            }
        }

        _running.Take(in report, _isNext);
        _reported = _running.Tally;
    }

    // The last one said wins, as where updates are put together to an answer. An empty text is not said: Azure's updates about content
    // filters have empty names, and one of them may be the last.
    private void Describe(string? model, string? responseId, string? conversationId, ChatFinishReason? finishReason)
    {
        Model = string.IsNullOrEmpty(model) ? Model : model;
        _isNext |= _hasReported && ResponseId is not null && !string.IsNullOrEmpty(responseId) && responseId != ResponseId;
        ResponseId = string.IsNullOrEmpty(responseId) ? ResponseId : responseId;
        ConversationId = string.IsNullOrEmpty(conversationId) ? ConversationId : conversationId;
        _finishReason = finishReason?.Value ?? _finishReason;
    }

    private sealed class Pieces
    {
        private CallUsage _usage;

        public object? Sent { get; init; }

        public TimeSpan? Audio { get; set; }

        public List<KeyValuePair<string, object?>> Details { get; } = [];

        public void Add(in CallUsage usage) => _usage.Add(in usage);

        public bool TryAddTo(ref CallUsage usage)
        {
            try
            {
                usage.Add(in _usage);
                return true;
            }
            catch (OverflowException) // No real counts.
            {
                return false;
            }
        }
    }
}
