namespace LlmTelemetry.Quickstart;

/// <summary>
/// What the loopback provider answers to each question of the story, and the tokens it reports: the same ones at every run, so
/// that the report can be worked out by hand (tests/EndToEnd.Tests/Quickstart/WorkedFigures.cs does).
/// </summary>
internal static class ScriptedAnswers
{
    private static readonly Dictionary<string, Answer> ByQuestion = new()
    {
        [Questions.Refund] = new("You can return it within 30 days; the refund takes 5 working days.", Input: 1_200, Output: 340),
        [Questions.Delivery] = new("It left our warehouse this morning and arrives on Thursday, as the carrier tells us in its latest message.", Input: 1_850, Output: 612),
        [Questions.Summary] = new("Three tickets are about late parcels, one praises the new search.", Input: 4_200, Output: 160),
        [Questions.Vacation] = new("28 days a year, see rule 12.", Input: 48, Output: 210, Cached: 6_000),
        [Questions.SickLeave] = new("Tell your team lead before ten in the morning, see rule 31.", Input: 52, Output: 186, Cached: 6_000),
        [Questions.Liability] = new("Clause 7 caps the liability at one year's fees.", Input: 310, Output: 1_024, Cached: 9_000),
        [Questions.Termination] = new("Either side may end it with 90 days' notice.", Input: 120, Output: 96, Cached: 9_000),
        [Questions.Poem] = new("Roses are red, tokens are not free.", Input: 900, Output: 250),
        [Questions.Essay] = new(string.Join(' ', Enumerable.Repeat("The history of the parcel is long and winding.", 8)), Input: 800, Output: 900),
        [Questions.Overload] = new("", 0, 0) { Error = (529, "overloaded_error", "Overloaded") },
    };

    /// <summary>The answer to a request; of a question that is not in the story, an echo.</summary>
    public static Answer To(MessagesRequest request)
    {
        if (request.Model == Models.Missing)
        {
            return new("", 0, 0) { Error = (404, "not_found_error", $"model: {request.Model}") };
        }

        return request.Question == Questions.OrderStatus ? OrderStatus(request)
            : ByQuestion.GetValueOrDefault(request.Question) ?? new("You said: " + request.Question, Input: 10, Output: 10);
    }

    // A tool call takes two round trips: the model asks for the tool, and answers once it has the result.
    private static Answer OrderStatus(MessagesRequest request) => request.HasToolResult
        ? new("Order 4711 is on its way.", Input: 812, Output: 58)
        : new("Let me look that up.", Input: 690, Output: 84) { Tool = (OrderTool.Name, new Dictionary<string, string> { ["order"] = "4711" }) };
}
