// What the tests of Relay ask. Only relay-compiler reads this file; the tests take what it made of it, as its Babel plugin would.

import { graphql } from 'relay-runtime';

graphql`
  query documentsScreenQuery($code: String!, $first: Int!) {
    community(code: $code) {
      ...documents_header
      ...documents_needs @arguments(first: $first)
    }
  }
`;

graphql`
  fragment documents_header on Party @refetchable(queryName: "documentsHeaderQuery") {
    id
    name
    version
  }
`;

graphql`
  fragment documents_needs on Community
  @argumentDefinitions(first: { type: "Int!" }, after: { type: "String" })
  @refetchable(queryName: "documentsNeedsQuery") {
    needs(first: $first, after: $after, orderBy: [{ field: TITLE }]) @connection(key: "documents_needs") {
      totalCount
      edges {
        node {
          id
          title
          owner {
            id
            name
          }
        }
      }
    }
  }
`;

graphql`
  query documentsItemQuery($filter: ListItemFilter) {
    viewer {
      parties(first: 1) {
        nodes {
          id
        }
      }
    }
    needs(first: 1, filter: $filter) {
      nodes {
        id
        quantity
        remaining
      }
    }
  }
`;

graphql`
  fragment documents_item on ListItem {
    id
    remaining
  }
`;

graphql`
  fragment documents_claim on Claim {
    id
    status
    version
    item {
      ...documents_item
    }
  }
`;

graphql`
  mutation documentsProposeMutation($input: ProposeClaimInput!) {
    proposeClaim(input: $input) {
      claim {
        id
        ...documents_claim
      }
      event {
        action
        to
      }
      viewer {
        id
      }
      userErrors {
        code
        path
        nodes {
          ... on ListItem {
            id
            remaining
          }
        }
      }
    }
  }
`;

graphql`
  mutation documentsAcceptMutation($input: AcceptClaimInput!) {
    acceptClaim(input: $input) {
      claim {
        id
        ...documents_claim
      }
      userErrors {
        code
      }
    }
  }
`;
