using System.Diagnostics;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>The span of a call: ours, or the chat span of another library around us, to which only what that one cannot know is added.</summary>
internal readonly struct CallSpan
{
    private readonly Activity? _activity;
    private readonly bool _isOurs;
    private readonly Conventions _conventions;

    private CallSpan(Activity? activity, bool isOurs, Conventions conventions)
    {
        _activity = activity;
        _isOurs = isOurs;
        _conventions = conventions;
    }

    public bool IsOpen => _activity is not null;

    /// <summary>The span of another library that the caller is in, if it is recorded and of the same operation; null: of any.</summary>
    public static Activity? FindSurrounding(ActivitySource ours, string? operation = null) =>
        Activity.Current is { IsAllDataRequested: true, IsStopped: false } current && !ReferenceEquals(current.Source, ours)
            && OperationOf(current) is { } other && (operation is null || operation == other) ? current : null;

    // Microsoft.Extensions.AI's spans of files say it by a name of their own.
    private static string? OperationOf(Activity span) => (span.GetTagItem(GenAi.OperationName) ?? span.GetTagItem(Files.OperationName)) as string;

    /// <summary>Whether there may be a span: somebody listens to ours, or another one is open.</summary>
    public static bool IsWanted(ActivitySource ours) => ours.HasListeners() || Activity.Current is not null;

    /// <summary>Opens a span with what samplers may want to know, and then what else the call asks for; or takes the surrounding one.</summary>
    /// <param name="instruments">Whose source it is of.</param>
    /// <param name="start">What the span starts with.</param>
    /// <param name="options">What else a chat asks for.</param>
    /// <param name="startedAt">When the call began, where that is over.</param>
    /// <param name="isApart">Whether the call is not the one that is around now.</param>
    public static CallSpan Start(Instruments instruments, SpanStart start, ChatOptions? options, DateTimeOffset startedAt = default, bool isApart = false)
    {
        if (!isApart && FindSurrounding(instruments.Source, start.Operation) is { } surrounding)
        {
            return new CallSpan(surrounding, isOurs: false, instruments.Conventions);
        }

        var activity = instruments.Source.StartActivity(start.Name, ActivityKind.Client, default(ActivityContext), start.Tags, startTime: startedAt);
        if (options is not null && activity is { IsAllDataRequested: true })
        {
            RequestAttributes.Write(activity, options, instruments.Conventions);
        }

        return new CallSpan(activity, isOurs: true, instruments.Conventions);
    }

    /// <summary>Adds what is particular to a kind of call; a surrounding span has its own library's.</summary>
    public void Add(ReadOnlySpan<KeyValuePair<string, object?>> details)
    {
        if (_isOurs && _activity is { IsAllDataRequested: true } activity)
        {
            foreach (var (name, value) in details)
            {
                AddNew(activity, name, value);
            }
        }
    }

    /// <summary>Writes down how the call ended.</summary>
    /// <param name="call">The finished call.</param>
    /// <param name="withUsage">False where a tracker inside has it: it must not be there twice.</param>
    /// <param name="options">Which of the cost is wanted on spans.</param>
    /// <param name="finishReason">Why the model stopped.</param>
    public void Describe(in UsageEvent call, bool withUsage, UsageTrackingOptions options, ChatFinishReason? finishReason)
    {
        if (_activity is not { IsAllDataRequested: true } activity)
        {
            return;
        }

        if (_isOurs)
        {
            DescribeCall(activity, in call, withUsage, finishReason);
        }

        if (withUsage)
        {
            // A surrounding span may hold several calls: their cost is known as well as the least known of them.
            Add(activity, Attributes.CostQuality, _isOurs ? QualityNames.Of(call.Quality) : QualityNames.Worse(activity.GetTagItem(Attributes.CostQuality) as string, call.Quality));
            if (options.SpanCost && call.HasCost)
            {
                AddCost(activity, in call);
            }

            if (options.SpanCost && call.SavedPico is { } saved)
            {
                AddTo(activity, Attributes.UsageSaved, saved);
            }

            if (options.CostAlias && call.HasCost)
            {
                AddTo(activity, OpenLit.Cost, call.Cost.TotalPico);
            }
        }

        if (options.Hub.HasLedger)
        {
            activity.SetTag(Attributes.UsageBooked, true);
        }

        Add(activity, Attributes.Outcome, OutcomeNames.Of(call.Outcome));
        AddAttribution(activity, call.Attribution);
        if (_isOurs && call.ErrorType is not null)
        {
            activity.AddTag(Attributes.ErrorType, call.ErrorType);

            // Not the exception's message: providers quote the prompt in theirs. The application's own words may stand there.
            activity.SetStatus(ActivityStatusCode.Error, call.ErrorText ?? call.ErrorType);
        }
    }

    /// <summary>Ends the span, if it is ours to end.</summary>
    /// <param name="endedAt">When the call ended; null: now.</param>
    public void Stop(DateTimeOffset? endedAt = null)
    {
        if (_isOurs)
        {
            if (endedAt is { } ended)
            {
                _activity?.SetEndTime(ended.UtcDateTime);
            }

            _activity?.Stop();
        }
    }

    /// <summary>Keeps a span that was opened before it was known that nothing is to be said of the call from being exported.</summary>
    public void Hide()
    {
        if (_isOurs)
        {
            _activity?.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
    }

    private void AddAttribution(Activity activity, in Attribution attribution)
    {
        Add(activity, attribution.IsUserHashed ? Attributes.UserHash : Attributes.UserId, attribution.User);
        Add(activity, Attributes.Tenant, attribution.Tenant);
        Add(activity, Attributes.Feature, attribution.Feature);
        Add(activity, Attributes.Tier, attribution.Tier);
        Add(activity, Attributes.SessionId, attribution.Session);
        Add(activity, Attributes.Client, attribution.Client);
        Add(activity, Attributes.DeploymentEnvironment, attribution.Environment);
        if (attribution.Tags is { Count: > 0 } tags)
        {
            foreach (var (name, value) in tags)
            {
                Add(activity, Options.TagPrefix + name, value);
            }
        }
    }

    private void DescribeCall(Activity activity, in UsageEvent call, bool withUsage, ChatFinishReason? finishReason)
    {
        AddNew(activity, GenAi.ResponseModel, call.ResponseModel);
        AddNew(activity, GenAi.ResponseId, call.ResponseId);
        AddNew(activity, GenAi.ConversationId, call.Attribution.Conversation);
        AddNew(activity, GenAi.ResponseFinishReasons, finishReason is { } reason ? FinishReasons.Of(reason) : FinishReasons.OfNone(in call, _conventions));
        if (call.TimeToFirstChunk is { } first)
        {
            activity.AddTag(GenAi.ResponseTimeToFirstChunk, first.TotalSeconds);
        }

        if (withUsage && call.HasUsage)
        {
            UsageAttributes.Write(activity, in call.Usage, _conventions);
        }
    }

    private static void AddCost(Activity activity, in UsageEvent call)
    {
        // A surrounding span may hold several calls: its cost is their sum.
        var before = activity.GetTagItem(GenAi.UsageCostAmount);
        var amount = Instruments.ToDouble(call.Cost.TotalPico);
        if (before is double sum)
        {
            activity.SetTag(GenAi.UsageCostAmount, sum + amount);
            AddCharge(activity, in call);
            return;
        }

        activity.AddTag(GenAi.UsageCostAmount, amount);
        activity.AddTag(GenAi.UsageCostCurrency, Cost.Currency);
        activity.AddTag(GenAi.UsageCostSource, call.Cost.PriceVersion == PriceVersions.Reported ? GenAi.CostSourceProvider : GenAi.CostSourceLocal);
        activity.AddTag(Attributes.PriceVersion, call.Cost.PriceVersion);
        AddCharge(activity, in call);
    }

    private static void AddCharge(Activity activity, in UsageEvent call)
    {
        if (call.ChargePico is { } pico)
        {
            AddTo(activity, Attributes.ChargeAmount, pico);
        }
    }

    private static void AddTo(Activity activity, string name, Int128 pico)
    {
        var before = activity.GetTagItem(name) as double? ?? 0;
        activity.SetTag(name, before + Instruments.ToDouble(pico));
    }

    // SetTag looks for the tag first, which only another's span needs.
    private void Add(Activity activity, string name, string? value)
    {
        if (_isOurs)
        {
            AddNew(activity, name, value);
        }
        else if (value is not null)
        {
            activity.SetTag(name, value);
        }
    }

    private static void AddNew(Activity activity, string name, object? value)
    {
        if (value is not null)
        {
            activity.AddTag(name, value);
        }
    }
}
